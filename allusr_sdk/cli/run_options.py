"""Options of the commands that run something: which plugins, on which market, over which days."""

from typing import Annotated

import typer

Plugins = Annotated[
    str | None,
    typer.Option("--plugins", metavar="A,B", help="Plugins by name or path (./wheel.py), in the order they are asked."),
]
WhatIf = Annotated[
    list[str] | None,
    typer.Option("--what-if", metavar="K=V", help="Loosen a fixed rule, in a backtest only, as lq_1.open_interest=0."),
]
Market = Annotated[
    str | None,
    typer.Option("--market", metavar="KIND[:DIR]", help="As for `allusr run`. [default: synthetic]"),
]
Daily = Annotated[
    str | None,
    typer.Option("--daily", metavar="DIR", help="Daily bars a symbol and VIX.csv: ATR, settlement, VIX."),
]
Earnings = Annotated[str | None, typer.Option("--earnings", metavar="FILE", help="CSV of report dates (CC-3).")]
Symbols = Annotated[str | None, typer.Option("--symbols", metavar="A,B", help="Underlyings to read; all if left out.")]
Capital = Annotated[
    str | None, typer.Option("--capital", metavar="N", help="Dollars, split by CAD-12. [default: 1000000]")
]
First = Annotated[
    str | None,
    typer.Option("--from", metavar="D", help="First day. [default: 2026-01-05, or all that the data has]"),
]
Last = Annotated[
    str | None,
    typer.Option("--to", metavar="D", help="Last day. [default: 2026-01-30, or all that the data has]"),
]
ScenarioName = Annotated[
    str | None,
    typer.Option("--scenario", metavar="NAME", help="A market that goes as told; its file names account and period."),
]
Seed = Annotated[
    int | None, typer.Option("--seed", metavar="N", help="Of the market and all that is drawn. [default: 7]")
]
RearmPolicy = Annotated[
    str | None,
    typer.Option(
        "--rearm", metavar="WHEN",
        help="In a backtest: a person is assumed to re-arm what stopped (KS-7), weekly or daily. [default: never]",
    ),
]  # fmt: skip
Ray = Annotated[
    str | None,
    typer.Option("--ray", metavar="ADDRESS", help="On a Ray cluster: auto, local, host:port or ray://host:port."),
]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers", min=0, metavar="N",
        help="How many work at a time; 0: this process. [default: processors of machine or cluster]",
    ),
]  # fmt: skip
