"""The lock says which code the selected plugins are; another one is noticed."""

import pytest

from allusr_sdk.errors import InputError, PluginError
from allusr_sdk.host.lock import Drift, drift, pins, read, write


@pytest.fixture
def locked(install, sleeve_code, tmp_path):
    """Two plugins and the lock over them."""
    for name in ("aa", "bb"):
        install(name, sleeve_code.replace("{name}", name))
    file = tmp_path / "home" / "plugins.lock"
    write(file, pins(["aa", "bb"]))
    return file


def site_of(tmp_path, name):
    return next(tmp_path.glob(f"*/{name}_*.py"))


def test_a_lock_names_version_distribution_and_a_hash_of_the_files(locked):
    assert list(read(locked)) == ["aa", "bb"]
    pin = read(locked)["aa"]
    assert (pin.version, pin.distribution, len(pin.sha256)) == ("1.2.3", "allusr-aa", 64)
    assert drift(locked, ["aa", "bb"]) == ()


def test_a_changed_file_drifts(locked, tmp_path):
    code = site_of(tmp_path, "bb")
    code.write_text(code.read_text() + "# changed\n")
    (found,) = drift(locked, ["aa", "bb"])
    assert found.plugin == "bb"
    assert found.what.startswith("its files have changed: sha256 ")


def test_compiled_caches_and_what_an_installer_notes_are_no_change(locked, tmp_path):
    site = site_of(tmp_path, "aa").parent
    info = next(site.glob("*.dist-info"))
    (site / "__pycache__").mkdir(exist_ok=True)
    (site / "__pycache__" / "aa.cpython.pyc").write_bytes(b"x")
    (info / "INSTALLER").write_text("somebody")
    record = info / "RECORD"
    record.write_text(record.read_text() + f"__pycache__/aa.cpython.pyc,,\n{info.name}/INSTALLER,,\n")
    assert drift(locked, ["aa", "bb"]) == ()


def test_another_version_drifts(locked, tmp_path):
    info = next(site_of(tmp_path, "aa").parent.glob("*.dist-info"))
    metadata = info / "METADATA"
    metadata.write_text(metadata.read_text().replace("1.2.3", "1.2.4"))
    assert Drift("aa", "version 1.2.3 is locked, 1.2.4 is installed") in drift(locked, ["aa", "bb"])


def test_what_is_selected_and_not_locked_or_locked_and_not_selected_drifts(locked, install, sleeve_code):
    install("cc", sleeve_code.replace("{name}", "cc"))
    assert drift(locked, ["aa", "cc"]) == (
        Drift("cc", "is not in the lock"), Drift("bb", "is locked and no longer selected"),
    )  # fmt: skip


def test_what_is_locked_and_gone_drifts_with_what_to_do(locked, monkeypatch):
    monkeypatch.setattr("sys.path", [])
    told = {found.plugin: found.what for found in drift(locked, ["aa", "bb"])}
    assert told["aa"].startswith("is not installed")


def test_an_editable_install_is_known_by_its_modules_files():
    """The built-in plugins are installed so here; a hash over RECORD alone would not see their code."""
    pin = pins(["gen_acc", "protocol"])
    assert pin["gen_acc"].sha256 != pin["protocol"].sha256
    assert pins(["protocol"])["protocol"] == pin["protocol"]


def test_a_plugin_by_path_cannot_be_locked_and_always_drifts(locked, tmp_path):
    with pytest.raises(PluginError, match=r"plugin wheel\.py: is selected by its path and cannot be locked"):
        pins([str(tmp_path / "wheel.py")])
    assert Drift("wheel.py", "is selected by its path") in drift(locked, ["aa", "bb", "./wheel.py"])


@pytest.mark.parametrize("text", ["[plugins", "[plugins.aa]\nversion = 3\n", "[plugins]\naa = 3\n"])
def test_a_damaged_lock_is_refused_and_not_taken_for_an_empty_one(locked, text):
    locked.write_text(text)
    with pytest.raises(InputError, match="damaged"):
        drift(locked, ["aa"])


def test_a_missing_lock_is_refused_with_the_command_that_writes_it(tmp_path):
    with pytest.raises(InputError, match="`allusr plugins lock` writes it"):
        drift(tmp_path / "plugins.lock", ["gen_acc"])
