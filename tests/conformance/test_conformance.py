"""What this repository brings keeps the contract that it asks of others: the built-in plugins and the examples."""

from pathlib import Path

from allusr_com_acc import ComAcc
from allusr_gen_acc import GenAcc
from allusr_protocol.engine import Protocol
from allusr_rev_acc import RevAcc
from allusr_spx_weekly import SpxWeekly

from allusr_sdk.testing import market_checks, observer_checks, protocol_checks, sleeve_checks

EXAMPLES = Path(__file__).parents[2] / "examples"
NOTHING_LEAVES = {"S502": "one SPX contract moves more than KS-11 lets an order move, so nothing of it ever leaves"}


@sleeve_checks(GenAcc)
def test_gen_acc(check):
    check()


@sleeve_checks(RevAcc)
def test_rev_acc(check):
    check()


@sleeve_checks(ComAcc)
def test_com_acc(check):
    check()


@protocol_checks(Protocol)
def test_protocol(check):
    check()


@sleeve_checks(SpxWeekly, expected_failures=NOTHING_LEAVES)
def test_the_example_of_a_weekly_index_put(check):
    check()


@sleeve_checks(str(EXAMPLES / "wheel"))
def test_the_example_of_a_wheel(check):
    check()


@protocol_checks(str(EXAMPLES / "patient_protocol"))
def test_the_example_of_a_protocol(check):
    check()


@market_checks(str(EXAMPLES / "csv_market"), {"path": str(EXAMPLES / "csv_market" / "quotes.csv")})
def test_the_example_of_a_market(check):
    check()


@observer_checks(str(EXAMPLES / "journal_tail"))
def test_the_example_of_an_observer(check):
    check()
