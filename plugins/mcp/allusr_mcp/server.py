"""The server: seven tools that read, reports as resources, and no way to write."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Annotated, Literal

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ResourceError, ToolError, UnexpectedToolError
from mcp_types import CallToolResult, InputRequiredResult, Resource, ToolAnnotations
from pydantic import Field, ValidationError

from allusr_mcp import holdings as held
from allusr_mcp import income as earned
from allusr_mcp import outlook, story, weektype
from allusr_mcp.accounts import Account, Accounts
from allusr_mcp.plain import NOTE, Plain
from allusr_sdk.errors import AllusrError

INSTRUCTIONS = (
    "Reads the books of option-income accounts: what is held, earned, at risk, and expected. It can change nothing and "
    "send no order. Each answer names the run, the entry and the instant that it rests on; tell them. Forecasts are "
    "advisory: tell their method with them. " + NOTE
)
_READS = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)

Of = Annotated[str, Field(max_length=64, description="An account by its name; every account where it is left out.")]
Kind = Literal["week", "month", "quarter"]
Weeks = Annotated[int, Field(ge=1, le=26, description="So many weeks, the running one included.")]
Read = Callable[[Account], Mapping[str, object]]


def server(accounts: Accounts) -> MCPServer[None]:
    """The server of some accounts, to be run or to be given to a client in the process."""
    made = _Reading(accounts)
    for tool in (made.holdings, made.income, made.forecast, made.week_type, made.reports, made.risk, made.explain):
        made.add_tool(tool, annotations=_READS, structured_output=True)
    made.resource("allusr://reports/{account}/{kind}/{label}", mime_type="application/json")(made.report)
    return made


class _Reading(MCPServer[None]):
    """The tools over the accounts; each error is one line."""

    def __init__(self, accounts: Accounts) -> None:
        super().__init__("allusr", instructions=INSTRUCTIONS, log_level="ERROR")
        self._accounts = accounts

    def holdings(self, account: Of = "") -> Plain:
        """Positions, cash, collateral, the tree of accounts, ladders and working orders, at their last marks."""
        return self._answer("holdings", account, held.holdings)

    def income(
        self,
        period: Kind = "month",
        at: Annotated[
            date | None, Field(description="A day of the period; the newest one where it is left out.")
        ] = None,
        account: Of = "",
    ) -> Plain:
        """What a week, month or quarter earned: premium, realised and unrealised results, each with its entries."""
        return self._answer("income", account, partial(earned.income, kind=period, at=at))

    def forecast(self, weeks: Weeks = 4, account: Of = "") -> Plain:
        """Advisory: obligations and possible income of the next weeks. Expiries, most cash that assignments take, how
        weekly results have been spread, and the advice that was written. With its method; no promise.
        """
        return self._answer("forecast", account, partial(outlook.forecast, weeks=weeks))

    def week_type(
        self,
        weeks: Annotated[int, Field(ge=1, le=520, description="So many past weeks.")] = 12,
        account: Of = "",
    ) -> Plain:
        """The type of the running week, of past ones, and advisory probabilities of the next one, or why unknown."""
        return self._answer("week_type", account, partial(weektype.week_type, weeks=weeks))

    def reports(
        self,
        kind: Annotated[Kind | None, Field(description="What to read; a list of all where it is left out.")] = None,
        label: Annotated[
            str, Field(pattern=r"^(\d{4}-(W\d\d|Q\d|\d\d))?$", description="As 2026-W07, 2026-02 or 2026-Q1.")
        ] = "",
        account: Of = "",
    ) -> Plain:
        """The reports that there are, or one of them with its figures, sentences and tables; the newest of a kind
        where no label is given.
        """
        read: Read = earned.listed if kind is None else partial(earned.report, kind=kind, label=label)
        return self._answer("reports", account, read)

    def risk(self, account: Of = "") -> Plain:
        """What is at risk: level of each position, distance to its strike, kill switches, breaks, what waits for a
        person.
        """
        return self._answer("risk", account, held.risk)

    def explain(
        self,
        subject: Annotated[
            str, Field(min_length=1, max_length=40, description="AAPL, a position, 2026-W07, an account or #123.")
        ],
        ledger: Annotated[str | None, Field(max_length=64, description="One ledger alone.")] = None,
        lines: Annotated[int, Field(ge=1, le=200, description="So many of the newest lines of each chapter.")] = 20,
        account: Of = "",
    ) -> Plain:
        """What happened to a symbol, position, week or account, or in an entry, and by which rules."""
        return self._answer("explain", account, partial(story.explain, subject=subject, ledger=ledger, lines=lines))

    def report(self, account: str, kind: str, label: str) -> Plain:
        """A report by its account, kind and label."""
        try:
            return self._answer("reports", account, partial(earned.report, kind=kind, label=label))
        except ToolError as why:
            raise ResourceError(str(why)) from None

    def _answer(self, tool: str, account: str, read: Read) -> Plain:
        try:
            return {"tool": tool, "note": NOTE, "accounts": self._accounts.answer(account, read)}
        except AllusrError as why:
            raise ToolError(_line(str(why))) from None

    async def list_resources(self) -> list[Resource]:
        """The reports that can be read now."""
        return [
            Resource(uri=str(one["resource"]), name=f"{one['kind']} {one['label']}", mime_type="application/json")
            for answer in self._accounts.answer("", earned.listed)
            for one in _rows(answer.get("reports"))
        ]

    async def call_tool(
        self, name: str, arguments: dict[str, object], context: Context[None] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """Call a tool. Raises `ToolError` with one line, for arguments that it does not know as well."""
        known = {tool.name: tool.input_schema.get("properties", {}) for tool in await self.list_tools()}
        if more := sorted(set(arguments) - set(known.get(name, arguments))):
            raise ToolError(f"{name} takes no {', '.join(map(_line, more))}; it takes {', '.join(known[name])}")
        try:
            return await super().call_tool(name, arguments, context)
        except UnexpectedToolError:
            raise
        except ToolError as why:
            raise ToolError(_told(name, why)) from None


def _told(name: str, error: ToolError) -> str:
    if isinstance(error.__cause__, ValidationError):
        wrong = (f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.__cause__.errors())
        return _line(f"{name}: {'; '.join(wrong)}")
    return _line(str(error).removeprefix(f"Error executing tool {name}: "))


def _line(text: str) -> str:
    return " ".join(text.split())[:500]


def _rows(value: object) -> Sequence[Mapping[str, object]]:
    return value if isinstance(value, list) else ()
