"""What the README shows is run: its sleeve, and its commands by name."""

import re
from pathlib import Path
from types import ModuleType

from allusr_sdk.config import Config
from allusr_sdk.host import Host

README = (Path(__file__).parent.parent / "README.md").read_text()


def sleeve_of_the_readme() -> ModuleType:
    """The README's Python block as a module."""
    (block,) = re.findall(r"```python\n(.*?)```", README, re.S)
    module = ModuleType("readme_sleeve")
    exec(block, module.__dict__)
    return module


def test_the_sleeve_of_the_readme_trades_on_the_synthetic_market():
    from datetime import date
    from decimal import Decimal

    from allusr_sdk.execution.plan import Plan
    from allusr_sdk.execution.run import simulate
    from allusr_sdk.ledger import open_ledger
    from allusr_sdk.market.sources import open_market

    config = Config.read(options={"plugins.use": []})
    host = Host.of(sleeve_of_the_readme(), config=config)
    source = open_market("synthetic", symbols=("SPY",), seed=7, rate=0.04)
    with open_ledger("sqlite://") as ledger:
        run = simulate(
            Plan(
                mode="backtest", source=source, first=date(2026, 1, 5), last=date(2026, 1, 9), capital=Decimal(500_000),
                seed=7, host=host, rules=config.rulebook, split={"weekly": Decimal(100)},
            ),
            ledger,
        )  # fmt: skip
        sold = [e.event for e in run.entries(kind="Filled")]
        faults = list(run.entries(kind="Quarantined"))
    assert not faults
    assert {(fill.symbol, fill.opening) for fill in sold} == {("SPY", True)}
    assert [fill.quantity for fill in sold] == [-3, -3, -1], "seven contracts, in slices of a quarter to a half of it"


def test_the_two_commands_stand_first_and_the_risk_before_them():
    commands = re.findall(r"^uv run .*$", README, re.M)
    assert commands[:2] == ["uv run allusr run", "uv run pytest"]
    assert README.index("**Risk.**") < README.index(commands[0])
