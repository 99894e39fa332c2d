"""Who may do what on the console."""

from enum import StrEnum

from attrs import frozen


class Role(StrEnum):
    """What a user is: a viewer reads, an operator tells a home too."""

    VIEWER = "viewer"
    OPERATOR = "operator"


@frozen(kw_only=True)
class Who:
    """Somebody who is signed in, as of one request.

    Attributes:
        name: the user's, which stands in the journal of what is told.
        role: as the users' file has it now.
        by: `session` or `token`.
        sid: id of the session or the token.
    """

    name: str
    role: Role
    by: str
    sid: str

    @property
    def operator(self) -> bool:
        """Whether a home may be told anything: an operator in a session, for a token only reads."""
        return self.role is Role.OPERATOR and self.by == "session"
