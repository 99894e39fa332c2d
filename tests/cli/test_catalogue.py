"""`allusr plugins`, `allusr rules` and the help of every command."""

import json

import pytest

from allusr_sdk.cli.contents import HEADINGS, OTHERS


def test_every_installed_plugin_is_listed_with_its_state(allusr, tmp_path):
    found = json.loads(allusr("plugins", "list", "--home", tmp_path, "--json").out)["plugins"]
    states = {plugin["name"]: plugin["status"] for plugin in found}
    assert {name for name, state in states.items() if state == "OK"} == {"gen_acc", "rev_acc", "com_acc", "protocol"}
    assert states["spx_weekly"] == "NOT SELECTED"


def test_a_selected_plugin_that_is_not_installed_is_listed_as_such(allusr, tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('[plugins]\nuse = ["moon_acc"]\n')
    assert "NOT INSTALLED" in allusr("plugins", "list", "--config", file, "--home", tmp_path).out


def test_a_plugin_shows_hooks_bands_and_settings(allusr, tmp_path):
    shown = allusr("plugins", "show", "gen_acc", "--home", tmp_path).out
    assert "hooks: allusr_sleeves" in shown
    assert "band CAD-8: delta 0.40-0.45, 0-1 sessions" in shown
    assert "dte_max" in shown
    body = json.loads(allusr("plugins", "show", "gen_acc", "--json", "--home", tmp_path).out)
    assert [row["name"] for row in body["objects"][0]["settings"]] == ["symbols", "delta_low", "delta_high", "dte_max"]


def test_the_schema_of_a_plugin_is_json_schema(allusr):
    schema = json.loads(allusr("plugins", "show", "gen_acc", "--schema").out)["gen_acc"]
    body = next(iter(schema["$defs"].values()))
    assert body["additionalProperties"] is False
    assert body["properties"]["dte_max"]["maximum"] == 1


def test_an_unknown_plugin_names_the_nearest(allusr):
    done = allusr("plugins", "show", "gen_ac")
    assert done.code == 2
    assert "did you mean 'gen_acc'?" in done.err


def test_a_rule_shows_its_values_units_and_origins(allusr, tmp_path):
    shown = allusr("rules", "show", "lq_1", "--home", tmp_path).out
    assert shown.startswith("LQ-1 Liquidity\n")
    assert "LQ-1.open_interest" in shown
    assert "500 contracts" in shown
    assert "may only be raised" in shown


def test_all_rules_are_shown_with_what_a_setting_changed(allusr, tmp_path):
    body = json.loads(allusr("rules", "show", "--set", "lq_1.open_interest=600", "--home", tmp_path, "--json").out)
    values = {v["key"]: v for rule in body["rules"] for v in rule["values"]}
    assert (values["LQ-1.open_interest"]["value"], values["LQ-1.open_interest"]["origin"]) == (600, "setting")
    assert values["LQ-1.volume"]["origin"] == "fixed by the user"
    assert "CAD-10" in allusr("rules", "show", "--home", tmp_path).out


def test_rules_tell_when_the_newest_run_used_others(allusr, ran):
    other = allusr("rules", "show", "--set", "lq_1.open_interest=600", "--home", ran.home).out
    assert "the newest run used 2." in other
    assert "the newest run used" not in allusr("rules", "show", "--home", ran.home).out


def test_an_unknown_rule_names_the_nearest(allusr):
    done = allusr("rules", "show", "LQ-11")
    assert (done.code, done.err) == (2, "error: LQ-11: unknown rule; did you mean 'LQ-1'?\n")


HELP = {
    (): ("run", "status", "explain", "ledger", "plugins", "rules"),
    ("run",): ("--market", "--what-if", "--home", "--json", "2026-01-05"),
    ("status",): ("--home", "--json"),
    ("explain",): ("--entries", "--ledger", "--home", "--json"),
    ("ledger",): ("show", "verify", "balances"),
    ("ledger", "show"): ("--kind", "--limit", "--entries", "--home", "--json"),
    ("ledger", "verify"): ("--home", "--json"),
    ("ledger", "balances"): ("--at", "--home", "--json"),
    ("plugins",): ("new", "list", "show", "check", "lock"),
    ("plugins", "new"): ("--kind", "sleeve|protocol|ladder|fork|market|broker|observer", "--dir", "--json"),
    ("plugins", "list"): ("--plugins", "--config", "QUARANTINED", "--home", "--json"),
    ("plugins", "show"): ("NAME|PATH", "--schema", "--markdown", "--home", "--json"),
    ("plugins", "check"): ("NAME|PATH", "--only", "--scenario", "--seed", "--json"),
    ("plugins", "lock"): ("--check", "--file", "--home", "--json"),
    ("rules",): ("show",),
    ("rules", "show"): ("--set", "--home", "--json"),
}


@pytest.mark.parametrize(("command", "names"), HELP.items(), ids=lambda value: " ".join(value) or "allusr")
def test_help_names_every_command_and_option(command, names, allusr):
    done = allusr(*command, "--help")
    assert (done.code, done.err) == (0, "")
    assert [name for name in names if name not in done.out] == []


@pytest.mark.parametrize("group", [("ledger",), ("plugins",), ("rules",), ("link",), ("sweep",)])
def test_a_group_alone_shows_its_help(group, allusr):
    done = allusr(*group)
    assert done.code == 0
    assert "Commands:" in done.out
    assert "..." not in done.out.partition("Commands:")[2]  # each is told in a sentence that fits its line


def test_the_house_shows_its_commands_under_headings_each_in_a_whole_sentence(allusr):
    done = allusr()
    assert done.code == 0
    listed = done.out.partition("Run:\n  run ")[2]
    places = [listed.index(f"\n{heading}:\n") for heading in (*tuple(HEADINGS)[1:], OTHERS)]
    assert places == sorted(places)
    assert "..." not in listed
    assert max(map(len, done.out.splitlines())) <= 80
