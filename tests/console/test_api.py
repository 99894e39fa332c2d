"""The read API: what it answers, on what it rests, and what it refuses."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allusr_sdk.ledger import open_ledger
from allusr_sdk.model.events import Broken
from allusr_sdk.office.telling import tell
from tests.console.conftest import OURS, running, until
from tests.office import homes
from tests.office.homes import propose


@pytest.fixture
def asked(signed_in):
    """What the API answers to Ann, as an object."""

    def get(path, code=200):
        answer = signed_in.get(f"/api/{path}")
        assert answer.status_code == code, answer.text
        return answer.json()

    return get


def test_the_list_of_accounts_has_a_line_each_with_the_entry_it_rests_on(asked):
    (line,) = asked("accounts")
    assert (line["name"], line["mode"], line["state"], line["tier"]) == ("paper", "paper", "SAFE", "NONE")
    assert line["equity"] == "399997.90"
    rests = line["rests"]
    assert (rests["run"], rests["seq"], rests["problem"], rests["stale"]) == (1, 10, "", False)
    assert rests["instant"] == "2026-02-12T15:20:00Z"


def test_a_status_has_state_cash_orders_and_what_waits(asked):
    found = asked("accounts/paper")["found"]
    assert (found["cash"], found["equity"]) == ("400507.90", "399997.90")
    assert [order["key"] for order in found["working"]] == ["k2"]
    assert found["engine"]["life"] == "none"


def test_a_position_has_its_level_and_the_distance_to_its_strike_or_says_that_it_is_unknown(asked):
    (held,) = asked("accounts/paper/positions")["found"]
    assert (held["contract"], held["quantity"], held["level"]) == ("AAPL  260213P00270000", -3, 0)
    assert (held["spot"], held["distance"], held["atr"], held["mark"]) == (None, None, None, None)


def test_orders_breaks_ladders_and_the_tree_have_addresses_of_their_own(asked):
    assert [order["symbol"] for order in asked("accounts/paper/orders")["found"]] == ["AAPL"]
    assert asked("accounts/paper/breaks")["found"] == []
    assert asked("accounts/paper/ladders")["found"] == []
    assert [node["id"] for node in asked("accounts/paper/tree")["found"]] == ["root"]


def test_refusals_come_newest_first_with_a_rule_each(asked):
    new, old = asked("accounts/paper/refusals")["found"]
    assert [reason["rule"] for reason in new["reasons"]] == ["LQ-1", "LQ-2"]
    assert new["seq"] > old["seq"]
    assert asked("accounts/paper/refusals?symbol=AAPL")["found"] == []


def test_a_story_is_told_by_symbol_week_position_and_entry(asked):
    for subject in ("AAPL", "2026-W07", "AAPL260213P00270000", "4"):
        story = asked(f"accounts/paper/story/{subject}")
        assert story["rests"]["seq"] == 10
        assert story["found"]["chapters"][0]["lines"]
    assert asked("accounts/paper/story/2026-W07")["found"]["weeks"][0]["week"] == "2026-W07"
    assert asked("accounts/paper/story/4?entries=true")["found"]["journal"][0]["seq"] == 4


def test_entries_are_paged(asked):
    first = asked("accounts/paper/entries?limit=5")
    assert [entry["seq"] for entry in first["found"]] == [1, 2, 3, 4, 5]
    rest = asked(f"accounts/paper/entries?limit=500&after={first['after']}")
    assert ([entry["seq"] for entry in rest["found"]], rest["after"]) == ([6, 7, 8, 9, 10], None)
    assert asked("accounts/paper/entries/4")["found"]["payload"]["key"] == "k1"
    assert [e["kind"] for e in asked("accounts/paper/entries?kind=Filled")["found"]] == ["Filled"]


def test_a_report_has_facts_and_is_rendered(asked, signed_in):
    assert [one["label"] for one in asked("accounts/paper/reports")["found"]] == ["2026-W07", "2026-02", "2026-Q1"]
    facts = asked("accounts/paper/reports/week?at=2026-02-12")
    premium = next(figure for figure in facts["found"]["headline"] if figure["key"] == "premium")
    assert (premium["value"], facts["found"]["seq"]) == ("510.00", facts["rests"]["seq"])
    csv = signed_in.get("/api/accounts/paper/reports/week/rendered?form=csv")
    assert csv.headers["content-type"] == "text/csv; charset=utf-8"
    assert "premium,510.00" in csv.text
    assert "sandbox" in csv.headers["content-security-policy"]


def test_proposals_and_the_trail_are_the_homes(asked, signed_in):
    home = signed_in.console.house.home("paper")
    number = propose(home, "0.10")
    tell(home, "halt", "account", by="Ann", reason="too hot", wait=0)
    (proposal,) = asked("accounts/paper/proposals")["found"]
    assert (proposal["number"], proposal["waiting"]) == (number, True)
    assert signed_in.console.audit.settle()
    acts = asked("accounts/paper/trail")["found"]
    assert [(act["actor"], act["action"]) for act in acts] == [("Ann", "halt"), ("ann", "login"), ("Ada", "propose")]
    assert [wish["action"] for wish in until(lambda: asked("accounts/paper")["found"]["operator"]["standing"])] == [
        "halt"
    ]


def test_weeks_are_those_that_the_journal_has_typed(asked):
    assert asked("accounts/paper/weeks")["found"] == []


# --- live ----------------------------------------------------------------------------------------------------------


def test_what_an_engine_writes_is_seen(asked, signed_in):
    broken = Broken(rule="B03", symbol="AAPL", subject="AAPL", what="another number", ours="-3", theirs="-2",
                    action="SYMBOL")  # fmt: skip
    versions = signed_in.console.house.version
    with open_ledger(signed_in.console.house.home("paper"), create=False) as ledger:
        homes.append(ledger.latest(), [("12 10:30", broken)])
    assert until(lambda: [found["code"] for found in asked("accounts/paper/breaks")["found"]] == ["B03"])
    assert asked("accounts/paper")["rests"]["seq"] == 11
    assert signed_in.console.house.version > versions


def test_an_account_that_comes_later_is_taken_up(several, monkeypatch):
    monkeypatch.setattr("allusr_console.house._FOLDER", 0.02)
    with running(several) as browser:
        browser.log_in()
        homes.write(Path(several.home) / "three")
        assert until(lambda: len(browser.get("/api/accounts").json()) == 3)
        assert until(lambda: browser.get("/api/accounts/three").status_code == 200)


def test_what_cannot_be_read_is_unknown_and_never_nought(settings):
    with open_ledger(settings.home, create=False) as ledger:
        database = ledger.engine.url.database
    with running(settings) as browser:
        browser.log_in()
        house = browser.console.house
        assert until(lambda: not house.snapshot("paper").problem)
        text = Path(database).read_bytes()
        Path(database).write_bytes(b"no database" * 100)
        assert until(lambda: house.snapshot("paper").problem)
        (line,) = browser.get("/api/accounts").json()
        assert line["rests"]["stale"]
        assert line["rests"]["problem"]
        assert not browser.get("/api/health").json()["ok"]
        Path(database).write_bytes(text)


def test_a_home_without_a_run_is_unknown(settings, tmp_path):
    with open_ledger(tmp_path / "empty"):
        pass
    from attrs import evolve

    with running(evolve(settings, home=str(tmp_path / "empty"))) as browser:
        browser.log_in()
        assert until(lambda: "no run yet" in browser.get("/api/accounts").json()[0]["rests"]["problem"])
        assert browser.get("/api/accounts").json()[0]["equity"] is None
        refused = browser.get("/api/accounts/empty")
        assert refused.status_code == 429
        assert "unknown" in refused.json()["error"]


# --- refused -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "code", "says"), [
    ("accounts/papre", 404, "did you mean 'paper'"),
    ("accounts/paper/story/AAPK", 404, "did you mean 'AAPL'"),
    ("accounts/paper/entries/4000", 404, "there is no entry #4000"),
    ("accounts/paper/reports/week?at=2020-01-01", 404, "begins on 2026-02-11"),
    ("accounts/paper/reports/year", 422, "kind"),
    ("accounts/paper/entries?limit=0", 422, "limit"),
    ("nothing", 404, "not found"),
])  # fmt: skip
def test_a_request_that_cannot_be_answered_says_why_in_one_line(asked, path, code, says):
    body = asked(path, code)
    assert says in body["error"]
    assert body["hint"]
    assert "\n" not in body["error"]


def test_nothing_is_changed_through_the_api(signed_in):
    schema = signed_in.get("/api/openapi.json").json()
    assert {method for path in schema["paths"].values() for method in path} == {"get"}
    for path in ("/api/accounts", "/api/accounts/paper/proposals"):
        assert signed_in.post(path, {}).status_code == 405


def test_amounts_are_texts_that_are_exact(asked):
    body = json.dumps(asked("accounts/paper"))
    assert Decimal(json.loads(body)["found"]["cash"]) == Decimal("400507.90")


# --- fuzzed --------------------------------------------------------------------------------------------------------


def fuzzed(browser, examples):
    """Ask every address with whatever its description permits; each answer fits its description."""
    import schemathesis  # a second that no other test has to wait for

    schema = schemathesis.openapi.from_dict(browser.get("/api/openapi.json").json())
    names = (
        "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance",
    )  # fmt: skip
    checks = schemathesis.checks.CHECKS.get_by_names(names)
    for operation in schema.get_all_operations():
        made = operation.ok().as_strategy()

        @settings(max_examples=examples, database=None, suppress_health_check=list(HealthCheck))
        @given(case=made, real=st.booleans(), subject=st.sampled_from(("AAPL", "2026-W07", "#4", "gen_acc:AAPL")))
        def ask(case, real, subject):
            known = {"account": "paper", "subject": subject} if real else {}
            case.path_parameters.update({name: known.get(name, was) for name, was in case.path_parameters.items()})
            sent = case.as_transport_kwargs(base_url=OURS)
            wanted = {name: sent[name] for name in ("method", "url", "params", "headers") if name in sent}
            case.validate_response(browser.client.request(**wanted), checks=checks)

        ask()


@pytest.fixture
def fuzzable(slow_down):
    """A browser that may ask as often as it likes."""
    from allusr_console.limits import Rate

    with running(slow_down(Rate(10**6, 10**6))) as browser:
        browser.log_in()
        propose(browser.console.house.home("paper"), "0.10")
        assert until(lambda: not browser.console.house.snapshot("paper").problem)
        yield browser


def test_every_address_answers_as_it_is_described(fuzzable):
    fuzzed(fuzzable, 3)


@pytest.mark.long
def test_every_address_answers_as_it_is_described_however_it_is_asked(fuzzable):
    fuzzed(fuzzable, 100)


def test_now_is_by_the_wall_clock(signed_in):
    read = signed_in.console.house.snapshot("paper").read
    assert abs((datetime.now(UTC) - read).total_seconds()) < 60
