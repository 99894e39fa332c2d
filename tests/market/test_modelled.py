"""What a market's description says of its options, and what stands before whatever rests on them."""

import pytest

from allusr_sdk.market.modelled import heading, options_of


@pytest.mark.parametrize(
    ("market", "options"),
    [
        ("synthetic seed 7, 5 minutes, SPY", "modelled"),
        ("chains sha256:12 daily sha256:34", "real"),
        ("lean SPY sha256:12", "real"),
        ("replay SPY, options modelled by a surface", "modelled"),
        ("lean SPY, options modelled", "modelled"),
        ("replay SPY: options MODELLED (a surface)", "modelled"),
        ("replay SPY: options MODELLED beside real ones (a surface)", "mixed"),
        ("my own market", "unknown"),
        ("", "unknown"),
    ],
)
def test_whether_options_are_real_goes_by_the_markets_description(market, options):
    assert options_of(market) == options


@pytest.mark.parametrize(
    ("market", "begins"),
    [
        ("synthetic seed 7", "MODELLED OPTIONS: no option price here was ever quoted; the market is synthetic seed 7"),
        ("replay SPY: options MODELLED (a surface)", "MODELLED OPTIONS: no option price here was ever quoted; a surf"),
        ("replay SPY: options MODELLED beside real ones (a surface)", "MODELLED OPTIONS beside real ones: a surface"),
        ("my own", "Whether the options of this market are real or modelled is unknown: my own does not say."),
    ],
)
def test_what_is_modelled_or_unknown_is_said_first(market, begins):
    assert heading(market).startswith(begins)


def test_before_real_quotes_nothing_has_to_be_said():
    assert heading("chains sha256:12") == ""
