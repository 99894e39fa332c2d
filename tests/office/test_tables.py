"""What a command of a plugin is told by a configuration file: its own table, and where homes are."""

import pytest

from allusr_sdk.config import Config
from allusr_sdk.errors import InputError, SettingsError
from allusr_sdk.logs import Logs
from allusr_sdk.office.tables import homes, own


@pytest.fixture
def file(tmp_path):
    def written(text):
        place = tmp_path / "allusr.toml"
        place.write_text(text)
        return place

    return written


def test_a_table_is_read_with_pairs_over_it_and_all_problems_are_told_by_path(file):
    place = file("[logs]\nlevel = 'info'\n")
    assert own(Logs, "logs", place, ["logs.kept=2"]) == Logs(level="info", kept=2)
    with pytest.raises(SettingsError, match=r"logs\.level: 'loud' is not one of") as refusal:
        own(Logs, "logs", file("[logs]\nlevel = 'loud'\nfiel = 'x'\n"))
    assert any("logs.fiel: unknown setting; did you mean 'file'?" in problem for problem in refusal.value.problems)


def test_homes_are_those_of_accounts_else_those_in_the_folder_else_the_one(tmp_path, file, monkeypatch):
    monkeypatch.chdir(tmp_path)
    accounts = file("[accounts.a]\n[accounts.b]\nhome = 'elsewhere'\n[accounts.c]\nhome = 'postgresql://db/c'\n")
    assert homes("here", accounts) == {
        "a": str(tmp_path / "here" / "a"), "b": str(tmp_path / "elsewhere"), "c": "postgresql://db/c",
    }  # fmt: skip
    assert homes("here") == {"": str(tmp_path / "here")}
    (tmp_path / "here" / "x").mkdir(parents=True)
    (tmp_path / "here" / "x" / "ledger.db").touch()
    assert homes("here") == {"x": str(tmp_path / "here" / "x")}


def test_an_account_without_a_home_below_a_database_is_refused(file):
    with pytest.raises(InputError, match=r"^accounts\.a\.home: --home is a database"):
        homes("postgresql://db/all", file("[accounts.a]\n"))


def test_tables_of_commands_from_outside_are_no_part_of_a_run(file):
    place = file("[notify]\nanything = 1\n[metrics]\nport = 1\n[console]\n[advisor]\nmodel = 'x'\n[mcp]\n")
    assert Config.read(place).digest == Config.read().digest
    with pytest.raises(SettingsError, match="notfy: unknown table"):
        Config.read(file("[notfy]\n"))
