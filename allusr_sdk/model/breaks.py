"""A break between books and broker that is open: what the fold keeps of it (section 9)."""

from datetime import datetime

from attrs import Factory, frozen

FREEZING = ("SYMBOL", "ACCOUNT")
"""Actions of a break that keep the machine out of SCANNING."""


@frozen(kw_only=True)
class Break:
    """One open break.

    Attributes:
        code: B01 to B16.
        subject: instrument, order key, execution or line that it is about; with the code its name.
        symbol: the underlying; empty where it concerns the account.
        action: `CANCEL`, `SYMBOL` or `ACCOUNT`; what is `INFO` is mended at once and never open.
        opened: when it was found first, aware.
        paged: whether a person was called.
        cancels: how often the broker was asked to end the order that it is about (B04).
        said: when it was last journaled, aware.
    """

    code: str
    subject: str
    symbol: str
    action: str
    what: str
    ours: str
    theirs: str
    cause: str
    opened: datetime
    paged: bool = False
    cancels: int = 0
    said: datetime = Factory(lambda self: self.opened, takes_self=True)

    @property
    def name(self) -> tuple[str, str]:
        """Code and subject."""
        return self.code, self.subject

    @property
    def freezes(self) -> bool:
        """Whether it freezes its symbol or the account."""
        return self.action in FREEZING
