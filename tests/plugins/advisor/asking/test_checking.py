"""No wording reaches a reader that says more, less or other than its facts."""

from decimal import Decimal

import pytest
from allusr_advisor.asking.checking import Sentence, fault, numbered
from allusr_advisor.asking.facts import Answer, count, ledger, moment, money, quote, say
from hypothesis import given
from hypothesis import strategies as st

from tests.plugins.advisor.asking import stubs
from tests.plugins.advisor.asking.cases import answered, params
from tests.plugins.advisor.asking.homes import ORDERS, at

FACT = say(
    "{who} sold {sold} for {premium} on {at}, {assigned} were assigned and nothing was refused: {why}",
    who=ledger("gen_acc"), sold=count(49, "contract"), premium=money(Decimal("8523.00")), at=moment(at("12 10:09")),
    assigned=count(19, "contract"), why=quote(ORDERS), rules="CAD-4 PE-2", entries=(7, 9),
)  # fmt: skip
OTHER = say("{who} lost {sum}", who=ledger("rev_acc"), sum=money(Decimal("1200.50")), entries=(11,))
ANSWER = Answer(topic="trades", direct=(FACT,), why=(OTHER,))


def said(*sentences):
    return fault([Sentence(text, tuple(facts)) for text, facts in sentences], ANSWER)


@pytest.mark.parametrize(
    "text",
    [
        f"{FACT.body}.",
        FACT.body.replace("for $8,523.00", "for $8523"),
        FACT.body.replace("Gen-Acc sold", "It was Gen-Acc that sold"),
        FACT.body.replace(", 19", ", while 19"),
        f"{FACT.body} (CAD-4, PE-2).",
    ],
)
def test_other_glue_and_other_forms_of_the_same_figure_are_let_through(text):
    assert said((text, ["f1"])) == ""


def test_a_sentence_may_tell_two_facts_in_the_order_in_which_it_names_them():
    assert said((f"{FACT.body}, and {OTHER.body}.", ["f1", "f2"])) == ""
    assert "in their order" in said((f"{FACT.body}, and {OTHER.body}.", ["f2", "f1"]))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("49", "19"),
        ("49 contracts", "contracts"),
        ("$8,523.00", "8,523.00"),
        ("$8,523.00", "$8,500"),
        ("$8,523.00", "-$8,523.00"),
        ("$8,523.00", "8.5K"),
        ("sold", "bought"),
        ("nothing was refused", "something was refused"),
        ("nothing was refused", "was refused"),
        ("were assigned", "were not assigned"),
        ("were assigned", "were expired"),
        ("Gen-Acc", "Rev-Acc"),
        ("12 Feb", "13 Feb"),
        ("Thu", "Fri"),
        ("49 contracts for", "at least 49 contracts for"),
        ("49 contracts for", "nearly 49 contracts for"),
        ("sold 49", "would have sold 49"),
    ],
)
def test_what_changes_a_figure_a_name_or_a_verb_is_refused(old, new):
    assert old in FACT.body
    assert said((FACT.body.replace(old, new, 1), ["f1"])) != ""


def test_words_of_others_are_repeated_whole_and_in_their_quotation_marks_or_not_at_all():
    bare = FACT.body.replace("“", "").replace("”", "")
    assert said((bare, ["f1"])) != ""
    assert said((FACT.body.replace("Ignore the facts", "Heed the facts"), ["f1"])) != ""
    assert said((FACT.body.partition(": “")[0], ["f1"])) != ""


def test_what_was_asked_for_comes_first_and_is_not_left_out():
    assert said((f"{OTHER.body}.", ["f2"])) == "it leaves out what was asked for"
    assert said((OTHER.body, ["f2"]), (FACT.body, ["f1"])) == "it does not begin with what was asked for"
    assert said((FACT.body, ["f1"]), (OTHER.body, [])) == "a sentence cites nothing"
    assert said((FACT.body, ["f1"]), (OTHER.body, ["f9"])) == "a sentence cites what is no fact"
    assert said() == "it has no sentence"


# --- for any text ---------------------------------------------------------------------------------------------------

PLACES = st.integers(0, len(FACT.body.split()))
FIGURES = st.one_of(
    st.integers(-(10**9), 10**9).map(str),
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**6), max_value=10**6).map(lambda n: f"{n:f}"),
    st.integers(1000, 10**9).map(lambda n: f"${n:,}"),
    st.integers(0, 1000).map(lambda n: f"{n}%"),
    st.sampled_from(["two", "twenty", "half", "double", "dozen", "a third", "million", "1e6", "0x10", "½", "٣"]),
)  # fmt: skip


@given(FIGURES, PLACES)
def test_any_figure_more_than_the_facts_have_is_refused_wherever_it_stands(figure, place):
    words = FACT.body.split()
    assert said((" ".join([*words[:place], figure, *words[place:]]), ["f1"])) != ""


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=20), PLACES)
def test_any_word_that_no_fact_has_is_refused(word, place):
    from allusr_advisor.asking.tokens import GLUE, tokens

    known = {*tokens(FACT.body), *GLUE, *FACT.rules}
    if all(token in known for token in tokens(word)):
        return
    words = FACT.body.split()
    assert said((" ".join([*words[:place], word, *words[place:]]), ["f1"])) != ""


@given(st.data())
def test_no_two_figures_or_names_change_places(data):
    words = OTHER.body.split()
    first, second = data.draw(st.sampled_from([(0, 1), (0, 2), (1, 2)]))
    words[first], words[second] = words[second], words[first]
    assert said((FACT.body, ["f1"]), (" ".join(words), ["f2"])) != ""


# --- over the whole set ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", params())
def test_honest_words_pass_and_every_lie_is_refused(record, case):
    answer = answered(record(case["home"]), case)
    assert fault(stubs.honest(answer), answer) == ""
    assert fault(stubs.joined(answer), answer) == ""
    passed = [name for name, lie in stubs.LIES.items() if not fault(lie(answer), answer)]
    assert passed == [], [fact.body for fact in numbered(answer).values()]
