"""`allusr montecarlo`: what a tree of accounts may come to in years, drawn out of the weeks of a run."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from allusr_sdk.cli.options import HOME, AccountName, ConfigFile, Home, Json, RunNumber, Sets, day, dollars
from allusr_sdk.errors import InputError
from allusr_sdk.office.places import place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from allusr_sdk.montecarlo import Agreement, Asked, Outcome, Simulated, Spread
    from allusr_sdk.rulebook import Rulebook

_PARQUET = ".parquet"
_SHOWN = 10


def montecarlo(
    years: Annotated[int, typer.Option("--years", metavar="N", help="Years of each path.")] = 10,
    paths: Annotated[int, typer.Option("--paths", metavar="N", help="How many paths.")] = 5000,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Of all paths; equal seeds draw equal paths.")] = 7,
    capital: Annotated[
        str | None, typer.Option("--capital", metavar="N", help="Dollars, split by CAD-12. [default: the run's]")
    ] = None,
    block: Annotated[
        float | None,
        typer.Option("--block", metavar="WEEKS", help="Mean length of a block. [default: what the weeks need]"),
    ] = None,
    ruin: Annotated[
        float, typer.Option("--ruin", metavar="SHARE", help="Of the capital: equity under it counts as ruin.")
    ] = 0.5,
    first: Annotated[
        str | None,
        typer.Option("--from", metavar="D", help="Paths begin on a Monday from here. [default: behind the run]"),
    ] = None,
    agree: Annotated[
        bool, typer.Option("--agree", help="Draw nothing: let the run's own weeks grow, and compare with the run.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write it: .html, .pdf, .json, .csv or .parquet.")
    ] = None,
    config: ConfigFile = None,
    sets: Sets = None,
    account: AccountName = None,
    run: RunNumber = None,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Draw thousands of paths of years out of a run's weeks. Equity, income, forks, ruin and tax, as spreads.

    Weeks of all sleeves are drawn together, in blocks, and each path's accounts fork, merge and reinvest by the
    rulebook in force, week by week, to the cent. Nothing is written to the ledger. What the model leaves out is said
    under the numbers. A page needs the extra `reports`.
    """
    from allusr_sdk.config import Config
    from allusr_sdk.montecarlo import Asked
    from allusr_sdk.office.places import in_force

    _by_suffix(out)  # refused before anything that takes long
    asked = Asked(
        capital=dollars(capital, "--capital"),
        years=years,
        paths=paths,
        seed=seed,
        block=block,
        ruin=ruin,
        first=day(first, "--from"),
    )
    rules = Config.read(config, sets=sets or (), account=account, rulebook=in_force(place(home))).rulebook
    if agree:
        _agree(home, run, rules, as_json=as_json)
    else:
        _draw(home, run, rules, asked, out, as_json=as_json)


def _by_suffix(out: Path | None) -> str:
    from allusr_sdk.cli.report import by_suffix

    if out is not None and out.suffix.lower() == _PARQUET:
        return _PARQUET
    return str(by_suffix(out, others=f", {_PARQUET}") or "")


def _draw(home: str, run: int | None, rules: "Rulebook", asked: "Asked", out: Path | None, *, as_json: bool) -> None:
    from allusr_sdk.cli.output import emit
    from allusr_sdk.montecarlo import outcome, simulate, weeks_of
    from allusr_sdk.office.places import opened

    with opened(home, run) as found:
        weeks = weeks_of(found, rules)
    drawn = simulate(weeks, rules, asked)
    told = outcome(drawn)
    if as_json:
        emit(told)
    else:
        _show(told)
    if out is not None:
        _write(drawn, told, out, quiet=as_json)


def _write(drawn: "Simulated", told: "Outcome", out: Path, *, quiet: bool) -> None:
    from allusr_sdk.cli.report import write
    from allusr_sdk.montecarlo import facts_of
    from allusr_sdk.montecarlo.parquet import write_parquet

    form = _by_suffix(out)
    if form != _PARQUET:
        write(facts_of(told), form, out.expanduser(), quiet=quiet)
        return
    try:
        write_parquet(drawn, out.expanduser())
    except OSError as why:
        raise InputError(f"--out {out}: cannot be written: {why}") from None
    if not quiet:
        print(out)


def _show(told: "Outcome") -> None:
    from allusr_sdk.cli.output import money, strong, table
    from allusr_sdk.montecarlo import headings, telling
    from allusr_sdk.reports.words import plural

    for text in headings(told):
        strong(text)
    years = plural(told.years, "year")
    strong(f"{told.paths:,} paths of {years} from {told.first} · weeks of run {told.run} · {told.market}")
    print(f"capital {money(told.capital)} · seed {told.seed} · rulebook {told.rulebook} · options {told.options}\n")
    for sentence in telling(told):
        print(sentence)
    print()
    table(["Year", "Equity 5%", "25%", "50%", "75%", "95%", "Premium kept 50%", "TX-8 50%"], _years(told))
    print()
    table(["Whole paths", "Mean", "±", "5%", "50%", "95%"], [_total(one) for one in told.totals])
    print()
    table(["Of paths", "Share", "±", "What"], [[c.label, f"{c.share:.1%}", f"{c.error:.1%}", c.about]
                                               for c in told.chances])  # fmt: skip
    print(f"\nAccounts that began: {', '.join(f'{one.number}: {one.share:.1%}' for one in told.forks)}\n")
    for note in told.notes:
        print(note)


def _years(told: "Outcome") -> list[list[str]]:
    rows = zip(told.equity, told.income, told.tax, strict=True)
    return [[str(equity.year), *(f"{value:,.0f}" for value in equity.quantiles), f"{income.quantiles[2]:,.0f}",
             f"{tax.quantiles[2]:,.0f}"] for equity, income, tax in rows]  # fmt: skip


_UNITS = {"usd": ",.0f", "fraction": ".1%", "count": ".1f", "years": ".1f"}


def _total(one: "Spread") -> list[str]:
    values = (one.mean, one.error, one.quantiles[0], one.quantiles[2], one.quantiles[4])
    return [one.label, *(f"{value:{_UNITS[one.unit]}}" for value in values)]


# --- the run's own weeks --------------------------------------------------------------------------------------------


def _agree(home: str, run: int | None, rules: "Rulebook", *, as_json: bool) -> None:
    from allusr_sdk.cli.output import emit
    from allusr_sdk.montecarlo import agreement, weeks_of
    from allusr_sdk.office.places import opened

    with opened(home, run) as found:
        weeks = weeks_of(found, rules)
        own, alike = (agreement(found, weeks, rules, alike=each) for each in (False, True))
    if as_json:
        emit({"own": own, "alike": alike, "agrees": own.agrees})
    else:
        _compared(own, alike)
    if not own.agrees:
        raise typer.Exit(1)


def _compared(own: "Agreement", alike: "Agreement") -> None:
    from allusr_sdk.cli.output import strong, table

    strong("The run's own weeks, grown in columns, " + ("agree" if own.agrees else "do NOT agree") + " with the run.")
    rows = [
        ["entries of capital: run / columns", *(f"{len(a.engine):,} / {len(a.columns):,}" for a in (own, alike))],
        ["of these without their like", *(f"{len(a.alone):,}" for a in (own, alike))],
        ["ledgers furthest apart on a morning", *(f"{max(a.apart.values()):,.2f}" for a in (own, alike))],
        ["equity at the end: run", *(f"{a.equity[0]:,.2f}" for a in (own, alike))],
        ["equity at the end: columns", *(f"{a.equity[1]:,.2f}" for a in (own, alike))],
    ]
    table(["", "ledger by ledger", "by style, as drawn"], rows)
    print(f"\n{own.mornings:,} mornings, {len(own.apart)} ledgers. By style, every ledger makes what the first "
          "account's made: how far that simplification goes.")  # fmt: skip
    _alone(own.alone)


def _alone(alone: "Sequence[object]") -> None:
    for one in alone[:_SHOWN]:
        print(f"  {one}")
    if len(alone) > _SHOWN:
        print(f"  and {len(alone) - _SHOWN:,} more")
