"""Every question of the set is answered with every expected fact right, by the rules alone."""

import pytest

from tests.plugins.advisor.asking.cases import CASES, answered, params


def text_of(facts):
    return "\n".join(fact.text for fact in facts)


def test_the_set_has_more_than_sixty_questions_over_several_homes():
    assert len(CASES) >= 60
    assert len({case["home"] for case in CASES}) >= 5


@pytest.mark.parametrize("case", params())
def test_an_answer_has_every_expected_fact(record, case):
    found = answered(record(case["home"]), case)
    direct, whole = text_of(found.direct), text_of(found.facts)
    assert found.topic == case["topic"]
    assert [words for words in case.get("direct", ()) if words.lower() not in direct.lower()] == [], direct
    assert [words for words in case.get("all", ()) if words not in whole] == [], whole
    assert [words for words in case.get("never", ()) if words in whole] == []
    assert set(case.get("entries", ())) <= {seq for fact in found.direct for seq in fact.entries}


@pytest.mark.parametrize("case", params())
def test_every_sentence_rests_on_entries_that_are_there(record, case):
    journal = record(case["home"])
    numbers = {entry.seq for entry in journal.entries}
    for fact in answered(journal, case).facts:
        assert set(fact.entries) <= numbers
        assert fact.entries or denies(fact.text), fact.text


def denies(text):
    """Whether a sentence says that there is nothing, or what a rule says, and so rests on no entry."""
    words = ("no ", "nothing", "not ", "never", " is “", "a level is", "rolled nothing", "with no", "the premium of an")
    return any(word in text.lower() for word in words)
