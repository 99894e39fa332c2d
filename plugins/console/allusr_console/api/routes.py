"""The addresses of the read API."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from importlib.metadata import version
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Query, Response

from allusr_console.api import told, values
from allusr_console.api.views import known, positions, rests, rests_on, summary
from allusr_console.asking import Under
from allusr_console.house import House

if TYPE_CHECKING:
    from allusr_sdk.ledger import Entry
    from allusr_sdk.office.periods import PeriodFacts

type _Account = Annotated[str, Path(description="Name of the account.", max_length=200)]
type _Ledger = Annotated[str | None, Query(description="One ledger alone.", max_length=100)]
type _Symbol = Annotated[str | None, Query(description="One underlying alone.", max_length=30)]
type _Limit = Annotated[int, Query(ge=1, le=500, description="So many at most.")]
type _Seq = Annotated[int, Path(ge=1, le=2**53, description="Number of an entry.")]
type _After = Annotated[int, Query(ge=0, le=2**53, description="Entries behind this number.")]
type _Day = Annotated[date | None, Query(description="A day of the period; the run's last one if left out.")]


class Kind(StrEnum):
    """What a report covers."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"


class Form(StrEnum):
    """In what a report is written."""

    HTML = "html"
    PDF = "pdf"
    JSON = "json"
    CSV = "csv"


_TYPES: Mapping[Form, str] = {
    Form.HTML: "text/html; charset=utf-8", Form.PDF: "application/pdf", Form.JSON: "application/json",
    Form.CSV: "text/csv; charset=utf-8",
}  # fmt: skip
_REFUSALS: dict[int | str, dict[str, Any]] = {
    code: {"model": values.Problem, "description": text}
    for code, text in {
        400: "The address or the header Host cannot be used.", 401: "Nobody is signed in.", 403: "Refused.",
        404: "There is none.", 409: "The account cannot be read.", 422: "A parameter does not fit.",
        429: "Too many requests, or nothing is known yet.",
    }.items()
}  # fmt: skip


def router(house: House) -> APIRouter:
    """All addresses, over a house."""
    made = APIRouter(prefix="/api", responses=_REFUSALS)
    _stands(made, house)
    _tells(made, house)
    _home(made, house)
    _reports(made, house)
    return made


def _stands(api: APIRouter, house: House) -> None:
    """What the newest snapshot says."""

    @api.get("/health", tags=["health"])
    async def health() -> values.Health:
        """Whether every account could be read just now."""
        every = tuple(rests(one) for one in house.snapshots.values())
        return values.Health(ok=not any(one.stale for one in every), version=version("allusr-console"), accounts=every)

    @api.get("/accounts", tags=["accounts"])
    async def accounts() -> tuple[values.Summary, ...]:
        """Every account in a line."""
        return tuple(summary(one) for one in house.snapshots.values())

    @api.get("/accounts/{account}", tags=["accounts"])
    async def status(account: _Account) -> told.View[values.Status]:
        """Where the account stands: state, switches, cash, breaks, what waits, engine, and what it was told."""
        now = house.snapshot(account)
        return told.View[values.Status](rests=rests(now), found=values.Status.model_validate(known(now)))

    @api.get("/accounts/{account}/positions", tags=["accounts"])
    async def held(account: _Account) -> told.View[tuple[values.Position, ...]]:
        """What is held, with level and distance to the strike."""
        now = house.snapshot(account)
        return told.View[tuple[values.Position, ...]](rests=rests(now), found=positions(now))

    _part(api, house, "orders", "working", values.Order, "Orders that work.")
    _part(api, house, "breaks", "breaks", values.Break, "Open differences between books and broker.")
    _part(api, house, "ladders", "ladders", values.Ladder, "Ladders of long-dated options.")
    _part(api, house, "tree", "tree", values.Node, "The accounts of the fork tree.")

    @api.get("/accounts/{account}/weeks", tags=["accounts"])
    async def weeks(account: _Account) -> told.View[tuple[values.Week, ...]]:
        """The types of all weeks, newest first."""
        now = house.snapshot(account)
        known(now)
        found = now.facts.weeks if now.facts is not None else ()
        ordered = sorted((values.Week.model_validate(one) for one in found), key=lambda one: one.week, reverse=True)
        return told.View[tuple[values.Week, ...]](rests=rests(now), found=tuple(ordered))


def _part(api: APIRouter, house: House, path: str, name: str, kind: type[values.Value], about: str) -> None:
    """A part of a status, by its own address."""
    model = told.View[tuple[kind, ...]]  # type: ignore[valid-type]

    async def part(account: _Account) -> told.View[Any]:
        now = house.snapshot(account)
        return model.model_validate({"rests": rests(now), "found": known(now)[name]})

    api.add_api_route(f"/accounts/{{account}}/{path}", part, response_model=model, tags=["accounts"], name=path,
                      description=about, summary=about)  # fmt: skip


def _tells(api: APIRouter, house: House) -> None:
    """What is asked of the journal."""

    @api.get("/accounts/{account}/story/{subject}", tags=["journal"])
    async def story(
        account: _Account, subject: Annotated[str, Path(max_length=60)], ledger: _Ledger = None, entries: bool = False
    ) -> told.View[told.Story]:
        """The story of a symbol, a position, a week (2026-W07), a forked account or an entry (123)."""
        under = Under()
        found = await house.ask(account).story(subject, ledger, entries=entries, under=under)
        return told.View[told.Story](
            rests=rests_on(house.snapshot(account), under), found=told.Story.model_validate(found)
        )

    @api.get("/accounts/{account}/refusals", tags=["journal"])
    async def refusals(
        account: _Account, symbol: _Symbol = None, ledger: _Ledger = None, limit: _Limit = 100
    ) -> told.View[tuple[told.Refusal, ...]]:
        """What was refused and why, newest first."""
        under = Under()
        found = await house.ask(account).refused(symbol, ledger, limit, under)
        return told.View[tuple[told.Refusal, ...]](
            rests=rests_on(house.snapshot(account), under),
            found=tuple(told.Refusal.model_validate(one) for one in found),
        )

    @api.get("/accounts/{account}/entries", tags=["journal"])
    async def entries(
        account: _Account, after: _After = 0, limit: _Limit = 100,
        kind: Annotated[str | None, Query(max_length=60)] = None, ledger: _Ledger = None, symbol: _Symbol = None,
    ) -> told.Page[told.Entry]:  # fmt: skip
        """Entries of the run behind a number, oldest first."""
        under = Under()
        found = await house.ask(account).entries(after, limit, kind=kind, ledger=ledger, symbol=symbol, under=under)
        onward = found[-1].seq if len(found) == limit else None
        now = rests_on(house.snapshot(account), under)
        return told.Page[told.Entry](rests=now, found=tuple(map(_entry, found)), after=onward)

    @api.get("/accounts/{account}/entries/{seq}", tags=["journal"])
    async def entry(account: _Account, seq: _Seq) -> told.View[told.Entry]:
        """One entry of the run."""
        under = Under()
        found = await house.ask(account).entry(seq, under)
        return told.View[told.Entry](rests=rests_on(house.snapshot(account), under), found=_entry(found))


def _home(api: APIRouter, house: House) -> None:
    """What the home's own chains say."""

    @api.get("/accounts/{account}/proposals", tags=["home"])
    async def proposals(account: _Account) -> told.View[tuple[told.Proposal, ...]]:
        """Changes of the rulebook, oldest first; they are approved on the page, never here."""
        found, now = await house.ask(account).proposals(), house.snapshot(account)
        return told.View[tuple[told.Proposal, ...]](
            rests=rests(now), found=tuple(told.Proposal.model_validate(one) for one in found)
        )

    @api.get("/accounts/{account}/trail", tags=["home"])
    async def trail(account: _Account, limit: _Limit = 100) -> told.View[tuple[told.Act, ...]]:
        """Who told the home what, approvals, restarts, and who used the console; newest first."""
        found, now = await house.ask(account).trail(limit), house.snapshot(account)
        return told.View[tuple[told.Act, ...]](
            rests=rests(now), found=tuple(told.Act.model_validate(one) for one in found)
        )


def _reports(api: APIRouter, house: House) -> None:
    @api.get("/accounts/{account}/reports", tags=["reports"])
    async def reports(account: _Account) -> told.View[tuple[told.Told, ...]]:
        """Which weeks, months and quarters can be reported."""
        under = Under()
        found = await house.ask(account).periods(under)
        return told.View[tuple[told.Told, ...]](
            rests=rests_on(house.snapshot(account), under), found=tuple(told.Told.model_validate(one) for one in found)
        )

    @api.get("/accounts/{account}/reports/{kind}", tags=["reports"])
    async def report(account: _Account, kind: Kind, at: _Day = None) -> told.View[told.Report]:
        """The facts of a report; the plugins of the run are not asked for sections."""
        under = Under()
        found = await house.ask(account).report(kind.value, at, under)
        return told.View[told.Report](
            rests=rests_on(house.snapshot(account), under), found=told.Report.model_validate(_facts(found))
        )

    @api.get(
        "/accounts/{account}/reports/{kind}/rendered", tags=["reports"], response_class=Response,
        responses={200: {"content": {kind: {} for kind in _TYPES.values()}, "description": "The report."}},
    )  # fmt: skip
    async def rendered(account: _Account, kind: Kind, form: Form = Form.HTML, at: _Day = None) -> Response:
        """A report as a page, as PDF, JSON or CSV."""
        made = await house.ask(account).rendered(kind.value, at, form.value)
        return Response(made, media_type=_TYPES[form])


def _entry(found: "Entry") -> told.Entry:
    event = found.event
    return told.Entry.model_validate({
        "seq": found.seq, "at": found.at, "cycle": found.cycle, "state": found.state, "rulebook": found.rulebook,
        "kind": found.kind, "ledger": event.ledger, "symbol": event.symbol, "rule": event.rule,
        "payload": msgspec.json.decode(event.payload()), "prev_hash": found.prev_hash, "hash": found.hash,
    })  # fmt: skip


def _facts(found: "PeriodFacts") -> Mapping[str, object]:
    """Facts as they are rendered: amounts are texts."""
    body = msgspec.to_builtins(found, enc_hook=dict)
    return {"report": found.name, **{name: body[name] for name in told.Report.model_fields if name != "report"}}
