"""`allusr tws-sim`: it runs until nobody comes, goes on where it was, and is told what to do."""

import json
from pathlib import Path

import pytest
from attrs import fields

from allusr_sdk.cli.entry import invoke
from allusr_sdk.testing.tws import Tws
from allusr_sdk.testing.tws.control import Control, Verb
from allusr_sdk.testing.tws.records import Manners
from tests.ibkr.wire import PUT


@pytest.fixture
def allusr(capsys):
    """Call `allusr` in this process: exit code, what it printed, and what it complained."""

    def call(*arguments):
        capsys.readouterr()
        code = invoke([str(argument) for argument in arguments])
        return code, *capsys.readouterr()

    return call


def test_it_says_where_it_listens_and_ends_where_nobody_comes(allusr, tmp_path):
    asked = ("tws-sim", "--folder", tmp_path, "--port", 0, "--symbols", "SPY", "--to", "2026-02-09", "--idle", 0.1)
    code, out, err = allusr(*asked)
    assert (code, err) == (0, "")
    assert out.startswith("TWS on 127.0.0.1:")
    assert (tmp_path / "tws.json").exists()


def test_a_running_one_is_told_and_answers(allusr, tmp_path):
    with Tws(tmp_path, market="none", seconds=60):
        position = f"position account=DU1 instrument='{PUT}' quantity=-2"
        code, out, _ = allusr("tws-sim", "--folder", tmp_path, "--tell", position, "--tell", "account name=DU1")
        assert code == 0
        assert json.loads(out.partition("\n")[2])["holdings"] == {PUT: -2}
        code, _, err = allusr("tws-sim", "--folder", tmp_path, "--tell", "account DU1")
        assert (code, err) == (2, "error: --tell 'account DU1': DU1: expected name=value\n")
        code, _, err = allusr("tws-sim", "--folder", tmp_path, "--tell", "fly")
        assert (code, err) == (2, "error: TWS simulator: fly: nothing that a control can do\n")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--fills", "often"), "--fills: fills 'often': expected touch, seeded or never"),
        (("--accounts", "DU1:much"), "--accounts DU1:much: expected names with dollars"),
        (("--from", "soon"), "--from soon: expected a date"),
        (("--chains", "nowhere"), "no folder of chains at nowhere"),
        (("--symbols", "NOPE"), "no symbol NOPE"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(allusr, tmp_path, options, said):
    code, _, err = allusr("tws-sim", "--folder", tmp_path, "--port", 0, *options)
    assert code in (1, 2)
    assert said in err


def test_a_port_that_is_taken_is_said(allusr, tmp_path):
    with Tws(tmp_path / "one", market="none", seconds=60) as tws:
        code, _, err = allusr(
            "tws-sim", "--folder", tmp_path / "two", "--port", tws.port, "--symbols", "SPY", "--to", "2026-02-09"
        )
    assert code == 2
    assert f"port {tws.port} of 127.0.0.1: " in err


PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "tws-simulator.md").read_text()


def test_the_guide_names_every_verb_and_every_manner():
    verbs = {name for name, found in vars(Control).items() if isinstance(found, Verb)}
    missing = [name for name in sorted({*verbs, *(field.name for field in fields(Manners))}) if f"`{name}`" not in PAGE]
    assert missing == []
