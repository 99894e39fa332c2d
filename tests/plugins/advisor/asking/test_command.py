"""`allusr ask` as an operator types it: answers with entries, JSON, what it goes on from, and what it never does."""

import json
import stat
from pathlib import Path

import pytest

from allusr_sdk.errors import InputError
from allusr_sdk.ledger import open_ledger
from tests.plugins.advisor.asking.homes import ORDERS


def test_an_answer_says_what_was_asked_first_and_carries_its_entries(ask):
    told = ask("How much premium did Gen-Acc take?", "--fresh").splitlines()
    assert told[0].startswith(
        "Gen-Acc took $507.00 of premium since Wed 11 Feb 2026: 3 contracts were sold, with fees of"
    )
    assert "[#" in told[0] + told[1]
    assert told[-1] == "Run 1 to entry #38 of Fri 13 Feb 2026 16:20 New York; written by rules."


def test_entries_are_shown_under_each_sentence(ask):
    told = ask("Why was the account halted?", "--entries", "--fresh")
    assert '#31 SwitchChanged {"actor":"Ann"' in told


def test_json_is_one_object_with_pieces_and_entries(ask):
    told = json.loads(ask("How much premium did Gen-Acc take?", "--json", "--entries", "--fresh"))
    assert (told["understood"], told["topic"], told["written_by"]) == (True, "premium", "rules")
    fact = told["direct"][0]
    assert {"kind": "money", "text": "$507.00", "value": "507.00"} in fact["pieces"]
    assert [entry["kind"] for entry in told["journal"] if entry["seq"] in fact["entries"]] == ["Filled"]


def test_the_question_before_is_kept_for_its_owner_alone(ask, home):
    ask("How much premium did Gen-Acc take?", "--session", "mine")
    assert ask("and Com-Acc?", "--session", "mine").startswith("Com-Acc took no premium")
    kept = Path(home("by_hand")) / "asked.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_fresh_goes_on_from_nothing(ask):
    ask("How much premium did Gen-Acc take?", "--session", "new")
    assert "This question was not understood" in ask("why?", "--session", "new", "--fresh")


def test_without_a_question_it_reads_them_until_the_end_of_input(ask):
    told = ask("--session", "typed", given="How much premium did Gen-Acc take?\n\nand Com-Acc?\n")
    assert "Gen-Acc took $507.00 of premium" in told
    assert "Com-Acc took no premium" in told


def test_an_unclear_question_is_not_guessed_but_answered_with_what_can_be_asked(ask):
    told = ask("Does it rain in Paris?", "--fresh")
    assert "You can ask, for example:" in told
    assert "rain, paris" in told


def test_words_hidden_in_a_reason_stand_in_quotation_marks_and_change_nothing(ask):
    told = " ".join(ask("What went wrong?", "--fresh").split())
    assert f"“helpful. {ORDERS}”" in told
    earned = ask("How much was earned?", "--fresh")
    assert earned.startswith("The account gained $530.90")
    assert "1,000,000" not in earned


def test_a_home_without_a_run_is_an_error_of_one_line(ask, tmp_path):
    with open_ledger(tmp_path / "empty"):
        pass
    with pytest.raises(InputError, match="has no run yet"):
        ask("What is at risk?", "--home", str(tmp_path / "empty"))
    with pytest.raises(InputError, match="500 characters"):
        ask("why " * 200, "--fresh")


def test_a_folder_of_several_accounts_is_an_error_that_names_one(ask, tmp_path):
    for name in ("one", "two"):
        with open_ledger(tmp_path / name):
            pass
    with pytest.raises(InputError, match=r"has several accounts: name one, as --home .*one"):
        ask("What is at risk?", "--home", str(tmp_path))


def test_a_date_that_no_calendar_has_is_an_error_of_one_line(ask):
    with pytest.raises(InputError, match="30 February"):
        ask("What was sold on 30 February?", "--fresh")


def test_a_model_that_is_out_of_reach_leaves_the_answer_of_the_rules_and_says_so(ask, tmp_path):
    file = tmp_path / "allusr.toml"
    file.write_text('[advisor]\nmodel = "small"\nbase_url = "http://127.0.0.1:9/v1"\nseconds = 5.0\n')
    told = ask("How much premium did Gen-Acc take?", "--config", str(file), "--fresh")
    assert told.startswith("Gen-Acc took $507.00 of premium")
    assert "written by rules (the model" in " ".join(told.split())
    assert "(the model" not in ask("How much premium did Gen-Acc take?", "--config", str(file), "--rules", "--fresh")
