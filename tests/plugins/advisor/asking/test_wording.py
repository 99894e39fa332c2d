"""A model words what it is given, or the rules' answer stands: whatever the model does, however long it takes."""

import asyncio
import json
from decimal import Decimal

import pytest
from allusr_advisor.asking.facts import Answer, money, quote, say
from allusr_advisor.asking.wording import Wordings, by_rules, model_of, prompt, worded
from pydantic_ai.messages import ModelResponse, ToolCallPart
from pydantic_ai.models.function import FunctionModel
from pydantic_ai.models.test import TestModel

from allusr_sdk.errors import InputError
from tests.plugins.advisor.asking import stubs
from tests.plugins.advisor.asking.cases import answered, asked, params
from tests.plugins.advisor.asking.homes import ORDERS

ANSWER = Answer(topic="income", direct=(say("the account gained {sum}", sum=money(Decimal(530)), entries=(3,)),))


def body(sentences):
    return {"sentences": [{"text": one.text, "facts": list(one.facts)} for one in sentences]}


def says(sentences, heard=None):
    """A model that answers in the form that was asked for."""

    def answering(messages, info):
        if heard is not None:
            heard.extend(messages)
        return ModelResponse(parts=[ToolCallPart(info.output_tools[0].name, body(sentences))])

    return FunctionModel(answering)


def test_an_honest_model_s_words_are_shown_with_the_facts_under_them():
    made = worded("How much?", ANSWER, says(stubs.honest(ANSWER)))
    assert (made.by, made.why) == ("model", "")
    assert [(text, facts[0].entries) for text, facts in made.sentences] == [("The account gained $530.00.", (3,))]


def test_a_model_that_answers_at_random_changes_nothing():
    made = worded("How much?", ANSWER, TestModel())
    assert made.sentences == by_rules(ANSWER).sentences
    assert made.why.startswith("the model's words were refused")


def test_an_answer_out_of_form_a_failure_and_a_silence_leave_the_rules_answer():
    def fails(messages, info):
        raise ConnectionError("https://elsewhere.example?key=secret")

    async def sleeps(messages, info):
        await asyncio.sleep(30)
        return ModelResponse(parts=[])

    def babbles(messages, info):
        return ModelResponse(parts=[ToolCallPart(info.output_tools[0].name, {"sentences": "many"})])

    for function, why in (
        (fails, "ConnectionError"),
        (sleeps, "did not answer within"),
        (babbles, "could not be asked"),
    ):
        made = worded("How much?", ANSWER, FunctionModel(function), seconds=0.2)
        assert made.sentences == by_rules(ANSWER).sentences
        assert (made.by, why in made.why, "secret" in made.why) == ("rules", True, False)


def test_a_model_is_told_the_question_and_the_selected_facts_and_nothing_else():
    heard = []
    fact = say("on that day it failed: {why}", why=quote(ORDERS), entries=(3,))
    answer = Answer(topic="faults", direct=(fact,))
    worded("What failed?", answer, says(stubs.honest(answer), heard))
    told = json.loads(next(part.content for part in heard[0].parts if part.part_kind == "user-prompt"))
    assert told == json.loads(prompt("What failed?", answer))
    assert told == {
        "question": "What failed?", "required": ["f1"],
        "facts": [{"id": "f1", "text": fact.body, "rules": [], "data": [f"“{ORDERS}”"]}],
    }  # fmt: skip


def test_no_model_is_asked_where_none_is_set_or_nothing_was_understood():
    def never(messages, info):
        raise AssertionError

    unclear = Answer(direct=(say("this question was not understood"),), asks=("What is at risk?",))
    assert worded("Hm", unclear, FunctionModel(never)).why == ""
    assert worded("How much?", ANSWER, None) == by_rules(ANSWER)
    assert model_of(Wordings()) is None


@pytest.mark.parametrize(
    ("chosen", "what"),
    [
        ({"model": "anthropic:some"}, "expected openai:NAME"),
        ({"model": "some"}, "give advisor.base_url"),
        ({"model": "openai:some", "key": "NO_SUCH_KEY"}, "the environment has no NO_SUCH_KEY"),
    ],
)
def test_a_model_that_cannot_be_asked_is_an_error_of_one_line(chosen, what):
    with pytest.raises(InputError, match=what):
        model_of(Wordings(**chosen))


def test_a_local_endpoint_needs_no_key():
    found = model_of(Wordings(model="small", base_url="http://127.0.0.1:9/v1"))
    assert (found.model_name, str(found.base_url)) == ("small", "http://127.0.0.1:9/v1/")


@pytest.mark.long
@pytest.mark.parametrize("lie", stubs.LIES)
@pytest.mark.parametrize("case", params())
def test_no_lie_of_a_model_reaches_a_reader(record, case, lie):
    journal = record(case["home"])
    answer = answered(journal, case)
    made = worded(asked(journal, case).text, answer, says(stubs.LIES[lie](answer)))
    assert made.by == "rules"
    assert made.sentences == by_rules(answer).sentences
    assert answer.asks or "refused" in made.why
    assert not any(char.isdigit() for char in made.why)
