"""What the console refuses, as errors of one line, and what the read API makes of every error."""

from collections.abc import Mapping

from allusr_sdk.errors import AllusrError, BreakError, InputError, KernelError, StateRefusal


class Busy(AllusrError):
    """Too many questions wait for an account, or the answer took too long."""


class Forbidden(StateRefusal):
    """The user is no operator, or is signed in no more."""


class WrongPhrase(StateRefusal):
    """What was typed to confirm is not the phrase that was asked for."""


class Unknown(InputError):
    """There is no such account."""


_CODES: Mapping[type[AllusrError], tuple[int, str]] = {
    Busy: (429, "ask again in some seconds"),
    Forbidden: (403, "sign in as an operator"),
    StateRefusal: (409, "see the account's status"),
    BreakError: (409, "see `allusr ledger verify`"),
    KernelError: (409, "see `allusr doctor`"),
    InputError: (404, "the message names what there is"),
    AllusrError: (409, "see the account's status"),
}


def answered(error: AllusrError) -> tuple[int, str, str]:
    """HTTP code, message and hint of an error."""
    code, hint = next(found for kind, found in _CODES.items() if isinstance(error, kind))
    return code, " ".join(str(error).split()), hint
