"""The packaged file as a market, and what is refused."""

from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

import allusr_csv_market
import pytest
from allusr_csv_market.source import CsvMarket

from allusr_sdk import Band, Grain, Intent, Rulebook, Sleeve, SleeveView, setting, settings, wheel
from allusr_sdk.errors import DataError
from allusr_sdk.testing import Played, Sandbox, Tape, market_checks

FILE = Path(__file__).parent.parent / "quotes.csv"
HEAD = "at,symbol,spot,vix,expiry,right,strike,bid,ask,volume,open_interest\n"


@market_checks(allusr_csv_market, settings={"path": str(FILE)})
def test_conforms(check: Callable[[], None]) -> None:
    check()


@settings
class WeeklySettings:
    """Settings of the sleeve that gives the tests something to watch."""

    symbols: tuple[str, ...] = setting(default=("SPY",), help="Underlyings.")


class Weekly(Sleeve[WeeklySettings]):
    """Sells a put about a week out whenever there is none."""

    name = "weekly"

    def bands(self, rules: Rulebook) -> tuple[Band, ...]:
        """One band."""
        return (Band("CAD-8", 0.20, 0.30, 4, 9, unit="calendar", reach=0.05),)

    def propose(self, view: SleeveView) -> Iterable[Intent]:
        """A put, or why none."""
        for symbol in filter(view.fresh, self.symbols):
            expiry = wheel.nearest(view, symbol, 7, view.bands[0])
            yield (
                wheel.write(view, symbol, expiry, view.bands[0], "WEEKLY")
                if expiry
                else view.skip(symbol, "CAD-3", "nothing 4 to 9 days out is listed")
            )


def tape(file: Path = FILE) -> Tape:
    """The file, walked once."""
    source = CsvMarket(str(file))
    return Tape.of(source, source.sessions[0], source.sessions[-1])


@pytest.fixture(scope="module")
def run() -> Played:
    """A sleeve on the packaged file."""
    return Sandbox(tape(), Weekly, "protocol", capital=200_000).run()


def test_each_instant_is_a_step_and_each_session_closes_once() -> None:
    steps = tape().steps_
    assert [step.closing for step in steps] == [False, False, False, True] * 6
    assert {step.view.grain for step in steps} == {Grain.COARSE}


def test_a_row_at_the_close_settles_and_no_other_does(tmp_path: Path) -> None:
    assert [s.day for step in tape().steps_ for s in step.settlements][-1] == date(2026, 1, 13)
    early = tmp_path / "early.csv"
    early.write_text(f"{HEAD}2026-01-06T13:00,SPY,680,20,,,,,,,\n")
    assert not tape(early).steps_[-1].settlements


def test_a_sleeve_trades_on_it_and_the_gaps_are_journaled(run: Played) -> None:
    assert run.fills
    assert not run.faults
    assert {event.symbol for event in run.events("DataGap")} == {"SPY"}


def test_the_same_content_elsewhere_is_the_same_market(tmp_path: Path) -> None:
    moved = tmp_path / "moved.csv"
    moved.write_bytes(FILE.read_bytes())
    assert CsvMarket(str(moved)).description == CsvMarket(str(FILE)).description


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("at,symbol,spot\n", "bad.csv: no column vix, expiry, right, strike, bid, ask, volume, open_interest"),
        (f"{HEAD}2026-01-06T13:00,SPY,many,20,,,,,,,\n", "bad.csv, line 2: could not convert string to float: 'many'"),
        (f"{HEAD}2026-01-06T13:00,SPY,680,20,2026-01-09,X,670,1,2,3,4\n", "bad.csv, line 2: 'X' is not a valid Right"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text(text)
    with pytest.raises(DataError, match=said):
        CsvMarket(str(bad))
