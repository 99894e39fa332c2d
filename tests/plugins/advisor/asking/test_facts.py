"""How facts are written: figures with their units, and words of others on one line, in quotation marks."""

from datetime import date
from decimal import Decimal

import pytest
from allusr_advisor.asking.facts import count, day, instrument, ledger, money, number, price, quote, say, share


@pytest.mark.parametrize(
    ("piece", "text"),
    [
        (money(Decimal("-1200.5")), "-$1,200.50"),
        (money(Decimal("0.005")), "$0.00"),
        (price(Decimal("1.6950")), "1.695"),
        (price(Decimal("1200")), "1,200.00"),
        (count(1, "contract"), "1 contract"),
        (count(2, "entry", "entries"), "2 entries"),
        (number(2.0), "2"),
        (share(Decimal("0.151673")), "15.17%"),
        (day(date(2026, 2, 3)), "Tue 3 Feb 2026"),
        (ledger("m1.com_acc"), "m1 Com-Acc"),
        (ledger(""), "the account"),
        (instrument("AAPL  260213P00270000"), "AAPL 13 Feb 270 put"),
        (instrument("AAPL"), "AAPL shares"),
    ],
)
def test_a_piece_is_written_with_its_unit(piece, text):
    assert piece.text == text


def test_words_of_others_cannot_leave_their_quotation_marks_nor_write_on_a_terminal():
    assert quote("a\x1b[31m\nb \u202e”c“ \u200bd").text == "“a [31m b 'c' d”"
    assert quote("gen_acc:AAPL at level 3; gen_acc:AAPL  260213P00270000 too").text == (
        "“AAPL shares of Gen-Acc at level 3; AAPL 13 Feb 270 put too”"
    )
    assert len(quote("x" * 1000).text) == 162


def test_a_sentence_names_its_rules_once_and_its_entries():
    fact = say("it sold {what}", what=count(3, "contract"), rules="CAD-4 CAD-8 CAD-4", entries=(7, 7, 9))
    assert (fact.text, fact.rules, fact.entries) == ("It sold 3 contracts (CAD-4, CAD-8).", ("CAD-4", "CAD-8"), (7, 9))
