"""What an operator tells a home from the console: checked, written in the user's name, refused with a trace."""

from collections.abc import Mapping
from functools import partial
from hmac import compare_digest
from typing import TYPE_CHECKING

from allusr_console.access import Access
from allusr_console.house import House
from allusr_console.problems import Forbidden, WrongPhrase
from allusr_console.roles import Who
from allusr_console.threads import Apart
from allusr_sdk.errors import AllusrError, InputError
from allusr_sdk.office import proposals
from allusr_sdk.office.telling import Told, tell

if TYPE_CHECKING:
    from collections.abc import Callable

ACCOUNT = "account"
ACTIONS = ("pause", "resume", "halt", "rearm")
_TYPED = ("halt", "rearm")
ALL = "halt all"
"""What is typed to halt every account."""


class Desk:
    """Tells the homes of a house what operators want.

    Args:
        house: the accounts.
        access: who is signed in; asked again with each action.
        wait: seconds for an engine's answer.
    """

    def __init__(self, house: House, access: Access, wait: float = 5.0) -> None:
        self._house, self._access, self._wait = house, access, wait
        self._apart = Apart()

    phrase_all = ALL

    @staticmethod
    def phrase(action: str, name: str, scope: str = ACCOUNT) -> str:
        """What has to be typed; empty where nothing has to. It names the account, and the sleeve if it is one's."""
        if action not in _TYPED:
            return ""
        return f"{action} {name}" if scope == ACCOUNT else f"{action} {name} {scope}"

    async def tell(
        self, who: Who, name: str, action: str, scope: str = ACCOUNT, *, reason: str, phrase: str = "", origin: str = ""
    ) -> Told:  # fmt: skip
        """Pause, resume, halt or re-arm an account or a sleeve; an account alone can be halted.

        Raises:
            Forbidden: the user is no operator, or is signed in no more.
            WrongPhrase: what was typed is not `phrase`.
            InputError: no reason, no such account, sleeve or action.
            StateRefusal: something else has to be lifted first.
        """
        if action not in ACTIONS or (action == "halt" and scope != ACCOUNT):
            raise InputError(f"{action} of {scope}: the console tells {', '.join(ACTIONS)}, and halts an account")
        home = self._house.home(name)
        call = partial(tell, home, action, scope, by=who.name, reason=reason, wait=self._wait)
        wanted = self.phrase(action, name, scope)
        return await self._checked(who, name, (action, scope), (phrase, wanted), origin, call)

    async def halt_all(self, who: Who, *, reason: str, phrase: str, origin: str = "") -> Mapping[str, Told | str]:
        """Halt every account, each at once; what came of it by name, or the problem as a line."""
        import asyncio

        names = self._house.accounts
        if not names:
            raise InputError("there is no account to halt")
        for name in names:
            await self._permitted(who, name, ("halt", ACCOUNT), (phrase, ALL), origin)
        calls = [partial(tell, self._house.home(n), "halt", ACCOUNT, by=who.name, reason=reason, wait=self._wait)
                 for n in names]  # fmt: skip
        made = [self._apart.do(f"halt of {name}", call) for name, call in zip(names, calls, strict=True)]
        found = await asyncio.gather(*made, return_exceptions=True)
        return {name: one if isinstance(one, Told) else str(one) for name, one in zip(names, found, strict=True)}

    async def approve(self, who: Who, name: str, number: int, *, reason: str, origin: str = "") -> str:
        """Approve a proposal in the user's name; returns the stamp of the rulebook in force from now on.

        Raises:
            Forbidden: the user is no operator, or is signed in no more.
            InputError: no reason, no such account or proposal, or it cannot be approved any more.
        """
        home = self._house.home(name)
        call = partial(proposals.approve, home, number, by=who.name, reason=reason)
        found = await self._checked(who, name, ("approve", ACCOUNT), ("", ""), origin, call)
        return found.stamp

    async def _checked[T](
        self, who: Who, name: str, what: tuple[str, str], phrases: tuple[str, str], origin: str, call: "Callable[[], T]"
    ) -> T:  # fmt: skip
        await self._permitted(who, name, what, phrases, origin)
        try:
            return await self._apart.do(f"{what[0]} of {name}", call)
        except AllusrError as why:
            self._note(who, name, what, str(why), origin)
            raise

    async def _permitted(
        self, who: Who, name: str, what: tuple[str, str], phrases: tuple[str, str], origin: str
    ) -> None:  # fmt: skip
        """Refuse whom it is not for, and a wrong phrase; both leave a trace."""
        typed, wanted = phrases
        refused: AllusrError | None = None
        if not (who.operator and self._access.still(who)):
            refused = Forbidden(f"{what[0]} of {name} is an operator's, and {who.name} is none, or is signed out")
        elif wanted and not compare_digest(" ".join(typed.split()).encode(), wanted.encode()):
            refused = WrongPhrase(f"{what[0]} of {name} refused: type {wanted!r} to confirm it")
        if refused is not None:
            self._note(who, name, what, str(refused), origin)
            raise refused

    def _note(self, who: Who, name: str, what: tuple[str, str], why: str, origin: str) -> None:
        self._access.journal.note(
            (name,), action=what[0], actor=who.name, outcome="refused", why=why, origin=origin,
            ledger="" if what[1] == ACCOUNT else what[1],
        )  # fmt: skip
