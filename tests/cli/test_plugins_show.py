"""`allusr plugins show`: of an installed plugin, a file or a project's folder."""

import json

import pytest


def test_a_plugin_says_what_it_is_before_what_it_brings(allusr, tmp_path):
    shown = allusr("plugins", "show", "spx_weekly", "--home", tmp_path).out
    assert shown.startswith("spx_weekly 0.1.0\nSPX-Weekly, an example sleeve")
    assert "settings, under [sleeves.spx_weekly] in allusr.toml:" in shown
    assert "band SPXW-1: delta 0.25-0.35, 3-7 calendar" in shown


def test_the_protocol_shows_that_it_has_no_settings(allusr):
    assert "protocol protocol: Levels 0 to 3" in allusr("plugins", "show", "protocol").out
    assert "no settings of its own" in allusr("plugins", "show", "protocol").out


def test_a_section_for_a_readme_is_markdown_with_bands_and_settings(allusr):
    shown = allusr("plugins", "show", "spx_weekly", "--markdown").out
    assert shown.startswith("## What `spx_weekly` brings\n\nHooks: `allusr_sleeves`.\n")
    assert "| SPXW-1 | 0.25 to 0.35 | 3 to 7 calendar days |" in shown
    assert "| lots | 1 |  | 1 to 50 | int | Contracts a week; each ties strike x 100. |" in shown


def test_cells_that_hold_a_bar_stay_one_cell(allusr, tmp_path):
    (tmp_path / "odd.py").write_text(
        "from allusr_sdk import LadderManager, hookimpl\n"
        "from allusr_sdk.settings import setting, settings\n"
        "@settings\nclass S:\n    limit: float | None = setting(default=None, help='A limit.')\n"
        "class Odd(LadderManager[S]):\n    '''Odd.'''\n    name = 'odd'\n"
        "@hookimpl\ndef allusr_ladders():\n    return [Odd]\n"
    )
    assert r"| limit | null |  |  | float \| None | A limit. |" in allusr(
        "plugins", "show", tmp_path / "odd.py", "--markdown"
    ).out.replace("none", "null")


def test_what_is_not_a_sleeve_shows_its_hooks_and_names(allusr, tmp_path):
    (tmp_path / "tide.py").write_text(
        '"""Brings a market."""\nfrom allusr_sdk import hookimpl\n'
        "@hookimpl\ndef allusr_markets():\n    return {'tide': dict}\n"
        "@hookimpl\ndef allusr_event(event): ...\n"
    )
    shown = allusr("plugins", "show", tmp_path / "tide.py").out
    assert "hooks: allusr_markets, allusr_event" in shown
    assert "markets: tide" in shown
    body = json.loads(allusr("plugins", "show", tmp_path / "tide.py", "--json", "--home", tmp_path).out)
    assert (body["about"], body["markets"], body["objects"]) == ("Brings a market.", ["tide"], [])
    assert body["quarantined"] is False


@pytest.mark.parametrize("plugin", ["nowhere", "./nowhere.py", "./"])
def test_what_cannot_be_shown_is_one_line_exit_2(allusr, tmp_path, monkeypatch, plugin):
    monkeypatch.chdir(tmp_path)
    done = allusr("plugins", "show", plugin)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert done.err.startswith("error: plugin ")
