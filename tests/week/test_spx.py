"""Thirty-four end-of-day SPX snapshots of 2019 through the example sleeve: cash, a holiday, two lost Fridays."""

from decimal import Decimal

import pytest

from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.model.options import Contract
from allusr_sdk.model.positions import Wheel

D = Decimal
FROM, TO = "2019-04-25", "2019-06-13"
FIRST_PUT = "SPXW  190510P02890000"


@pytest.fixture(scope="module")
def spx(data_dir, play):
    """Runs the example over all snapshots."""

    def run(daily=None, plugins=("spx_weekly", "protocol"), **options):
        return play(
            f"chains:{data_dir / 'chains_spx_2019'}", FROM, TO, plugins=plugins, split={"spx_weekly": D(100)},
            daily=daily or data_dir / "daily", **options,
        )  # fmt: skip

    return run


@pytest.fixture(scope="module")
def given(data_dir, tmp_path_factory):
    """A folder of daily bars that knows the two lost Fridays."""
    folder = tmp_path_factory.mktemp("daily")
    (folder / "VIX.csv").write_bytes((data_dir / "daily" / "VIX.csv").read_bytes())
    rows = ("2019-05-10,2881.40", "2019-05-17,2859.53")
    bars = [f"{day},{close},{close},{close},{close},0" for day, close in (row.split(",") for row in rows)]
    (folder / "SPX.csv").write_text("\n".join(["date,open,high,low,close,volume", *bars]) + "\n")
    return folder


@pytest.fixture(scope="module")
def lost(spx):
    """With the data as they are."""
    return spx()


@pytest.fixture(scope="module")
def whole(spx, given):
    """With the missing closes given."""
    return spx(given)


def test_every_snapshot_but_the_holidays_is_a_session(lost, data_dir):
    sessions = {e.event.day for e in lost.entries if e.kind == "Valued"}
    snapshots = sorted(p.name[4:12] for p in (data_dir / "chains_spx_2019").glob("*.csv.gz"))
    assert len(snapshots) == 34
    days = {f"{day:%Y%m%d}" for day in sessions}
    assert set(snapshots) - days == {"20190527"}
    assert days - set(snapshots) == {"20190510", "20190517"}


def test_the_holiday_snapshot_is_recognised_by_the_calendar(lost):
    ((at, skip),) = [(at, e) for at, e in lost.timed("Decided") if "2019-05-27" in e.why]
    assert at == "Tue 16:00", "it is journaled when the run comes to it, not when the file is opened"
    assert (skip.symbol, skip.rule, skip.verdict) == ("SPX", "CAD-1", "skip")
    assert "not a session" in skip.why
    assert not [e for e in lost.entries if f"{e.at.astimezone(NEW_YORK):%Y-%m-%d}" == "2019-05-27"]


def test_it_decides_on_the_weeks_first_session_only_and_sells_spxw_at_the_bid(lost, whole):
    for run in (lost, whole):
        for at, intent in run.timed("IntentRecorded"):
            contract = Contract.parse(intent.legs[0][0])
            assert (contract.root, contract.is_put, intent.legs[0][1]) == ("SPXW", True, -1)
            assert at.endswith("16:00")
            assert 0.25 <= abs(intent.numbers["delta"]) <= 0.35
            assert intent.limit == intent.worst < intent.mid
            assert intent.numbers["flag"] == "EOD"
            assert intent.rule.split()[0] == "SPXW-1"
        assert all(e.price == e.touch for e in run.told("Filled"))
    assert {at for at, _ in whole.timed("IntentRecorded")} == {"Mon 16:00", "Tue 16:00"}
    days = [f"{e.at.astimezone(NEW_YORK):%m-%d}" for e in whole.entries if e.kind == "IntentRecorded"]
    assert days == ["05-06", "05-13", "05-20", "05-28", "06-03"], "05-28 is the first session after Memorial Day"


def test_the_missing_settlement_is_reported_blocks_and_keeps_its_reserve(lost):
    ((at, event),) = lost.timed("Unsettled")
    assert (at, event.instrument, event.quantity, event.reserved) == ("Fri 16:15", FIRST_PUT, -1, D("289000.00"))
    assert "no closing price of SPX for 2019-05-10" in event.why
    book = lost.book.ledgers["spx_weekly"]
    assert (book.reserved, book.wheel("SPX")) == (D("289000"), Wheel.SHORT_PUT)
    assert len(lost.told("Filled")) == 1
    blocked = [e.why for e in lost.told("Decided", rule="CAD-9")]
    assert len(blocked) == 5
    assert set(blocked) == {"SPX is in SHORT_PUT: nothing new until it ends"}


def test_given_the_missing_closes_it_trades_on_and_settles_in_cash(whole):
    ends = [(e.kind, e.instrument, e.settlement) for kind in ("Assigned", "Expired") for e in whole.told(kind)]
    assert ("Assigned", FIRST_PUT, D("2881.40")) in ends
    assert ("Expired", "SPXW  190517P02775000", D("2859.53")) in ends
    assert not whole.told("Unsettled")
    assert len(ends) == len(whole.told("Filled")) == 5
    for end in whole.told("Assigned"):
        assert end.cash == Contract.parse(end.instrument).strike - end.settlement > 0
    assert all(p.contract is not None for p in whole.book.positions), "no shares change hands"


def test_cash_is_premium_less_fees_less_what_was_settled(whole):
    paid = sum(e.cash * 100 for e in whole.told("Assigned"))
    taken = sum(e.price * 100 - e.fee for e in whole.told("Filled"))
    assert whole.book.ledgers["spx_weekly"].cash == D("1000000") + taken - paid


def test_weeks_whose_put_is_too_wide_are_refused_by_lq_1(whole):
    refused = [(at[:3], e.why) for at, e in whole.timed("Decided", verdict="refuse") if e.rule.startswith("LQ-1")]
    assert refused == [("Mon", "LQ-1 spread 5.26% > 5.00%"), ("Mon", "LQ-1 spread 5.13% > 5.00%")]


# --- one week is enough for these ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def few(data_dir, tmp_path_factory, play):
    """Runs the example over the two first sessions of a week."""
    folder = tmp_path_factory.mktemp("few")
    for day in ("20190506", "20190507"):
        (folder / f"SPX_{day}.csv.gz").symlink_to(data_dir / "chains_spx_2019" / f"SPX_{day}.csv.gz")

    def run(*, plugins=("spx_weekly", "protocol"), split=None, daily=data_dir / "daily", **options):
        split = split or {"spx_weekly": D(100)}
        return play(
            f"chains:{folder}", "2019-05-06", "2019-05-07", plugins=plugins, split=split, daily=daily, **options
        )

    return run


def test_one_contract_needs_a_capital_whose_half_it_fits_in(few):
    run = few(capital=500_000)
    assert not run.told("IntentRecorded")
    (refusal,) = run.told("Decided", verdict="refuse")
    assert {"KS-11", "KS-11.4"} & set(refusal.rule.split())
    assert "250,000" in refusal.why
    assert few(capital=600_000).told("IntentRecorded")


def test_a_sleeve_that_asks_for_more_is_held_to_its_collateral_and_the_order_limit(few):
    run = few(sets=["sleeves.spx_weekly.lots=5"])
    slices = run.told("IntentRecorded")
    assert [e.legs[0][1] for e in slices] == [-1, -1, -1], "each within KS-11.4, together within CAD-10"
    assert len({e.parent for e in slices}) == 1
    assert run.book.ledgers["spx_weekly"].reserved == 3 * D("289000") <= D("950000")


def test_without_vix_nothing_is_opened(few):
    run = few(daily=None)
    assert any("KS-5 the VIX is unknown" in e.why for e in run.told("Decided", verdict="refuse"))
    assert not run.told("IntentRecorded")


def test_a_band_without_a_strike_is_refused_with_its_neighbours(few):
    run = few(sets=["sleeves.spx_weekly.delta_low=0.301", "sleeves.spx_weekly.delta_high=0.302"])
    (refusal,) = run.told("Decided", verdict="refuse")
    assert "NO_STRIKE" in refusal.why
    assert {"below", "above"} <= set(refusal.numbers)


def test_the_command_of_its_readme_runs_it(allusr, data_dir, tmp_path):
    answer = allusr(
        "run", "--plugins", "spx_weekly,protocol", "--market", f"chains:{data_dir / 'chains_spx_2019'}",
        "--daily", data_dir / "daily", "--from", FROM, "--to", TO, "--home", tmp_path, "--json",
    )  # fmt: skip
    assert answer.code == 0, answer.err
    assert [need["kind"] for need in answer.json["needs"]] == ["unsettled"]
    assert answer.json["verified"] is True
