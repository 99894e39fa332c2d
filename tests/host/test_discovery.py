"""Installed plugins are known by their metadata; only what is selected is imported."""

import sys

import pytest

from allusr_sdk.config import Config
from allusr_sdk.errors import PluginError
from allusr_sdk.host import Host, Status, discover, survey


def config(*use: str, **options: object) -> Config:
    return Config.read(options={"plugins.use": list(use), **options})


def refusal(*use: str) -> str:
    with pytest.raises(PluginError) as caught:
        Host.load(config(*use))
    assert caught.value.exit_code == 2
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_discovery_imports_nothing(install):
    module = install("bomb", "raise SystemExit('imported')")
    found = {f.name: f for f in discover()}
    assert found["bomb"].status is Status.NOT_SELECTED
    assert (found["bomb"].distribution, found["bomb"].version, found["bomb"].api) == ("allusr-bomb", "1.2.3", 1)
    assert module not in sys.modules


def test_an_unselected_broken_plugin_does_no_harm(install, sleeve_code):
    broken = install("bomb", "raise SystemExit('imported')")
    install("wheel", sleeve_code.replace("{name}", "wheel"))
    assert list(Host.load(config("wheel")).sleeves) == ["wheel"]
    assert broken not in sys.modules


def test_plugins_are_imported_and_kept_in_the_order_given(install, sleeve_code):
    for name in ("aa", "bb", "cc"):
        install(name, sleeve_code.replace("{name}", name), version=f"1.{ord(name[0])}")
    host = Host.load(config("cc", "aa", "bb"))
    assert list(host.sleeves) == ["cc", "aa", "bb"]
    assert dict(host.versions) == {"cc": "1.99", "aa": "1.97", "bb": "1.98"}
    assert host.plugin_of == {"cc": "cc", "aa": "aa", "bb": "bb"}


def test_a_plugin_that_is_not_installed_is_refused_with_the_nearest_name_and_a_command(install, sleeve_code):
    install("gen_test", sleeve_code.replace("{name}", "gen_test"))
    message = refusal("gen_tset")
    assert message.startswith("plugin gen_tset: is not installed; did you mean 'gen_test'?")
    assert message.endswith("pip install allusr-gen-tset")


def test_a_name_that_cannot_be_a_package_gets_no_install_command():
    assert "pip install" not in refusal("gen;acc")


def test_what_lies_in_the_working_folder_under_that_name_is_told_how_to_be_selected(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "allusr-tiny").mkdir()
    assert refusal("allusr-tiny").endswith("is not installed; for what lies here write ./allusr-tiny")


def test_a_plugin_selected_twice_is_refused(install, sleeve_code):
    install("wheel", sleeve_code.replace("{name}", "wheel"))
    assert refusal("wheel", "wheel") == "plugin wheel: is selected twice: name it once"


def test_a_failing_import_names_the_plugins_line_and_the_error(install):
    module = install("bad", "import json\n\nimport no_such_module_anywhere\n")
    message = refusal("bad")
    assert f"{module}.py:3: ModuleNotFoundError: No module named 'no_such_module_anywhere'" in message
    assert message.startswith(f"plugin bad: bad = {module} of allusr-bad 1.2.3 cannot be imported: ")


def test_a_syntax_error_names_its_line(install):
    module = install("bad", "x = 1\ndef (:\n")
    assert f"{module}.py:2: SyntaxError" in refusal("bad")


def test_a_plugin_that_exits_on_import_is_refused(install):
    module = install("bad", "import sys\nsys.exit(0)\n")
    assert f"{module}.py:2: SystemExit: 0" in refusal("bad")


def test_a_keyboard_interrupt_on_import_stays_the_users(install):
    install("bad", "raise KeyboardInterrupt\n")
    with pytest.raises(KeyboardInterrupt):
        Host.load(config("bad"))


def test_an_entry_point_without_its_module_names_the_entry_point(install):
    module = install("bad", "", module="")
    sys.modules[module] = None  # type: ignore[assignment]
    try:
        assert f"bad = {module} of allusr-bad 1.2.3 cannot be imported: ModuleNotFoundError" in refusal("bad")
    finally:
        del sys.modules[module]


def test_two_distributions_with_one_name_are_refused(install, sleeve_code):
    install("wheel", sleeve_code.replace("{name}", "wheel"))
    install("wheel", sleeve_code.replace("{name}", "wheel"), distribution="other-wheel", version="9.0")
    message = refusal("wheel")
    assert message == "plugin wheel: is brought by allusr-wheel 1.2.3 and other-wheel 9.0: uninstall all but one"


def test_another_api_generation_is_refused_without_import(install):
    module = install("future", "raise RuntimeError", group="allusr.v2")
    assert refusal("future") == (
        "plugin future: is built for API 2, this host speaks API 1: install a version for allusr.v1"
    )
    assert module not in sys.modules


def test_a_package_may_serve_two_generations(install, sleeve_code):
    module = install("both", sleeve_code.replace("{name}", "both"))
    install("both", "raise RuntimeError", group="allusr.v2", distribution="allusr-both2", module=f"{module}_v2")
    assert list(Host.load(config("both")).sleeves) == ["both"]


def test_a_shadowed_distribution_counts_once(install, sleeve_code):
    install("wheel", sleeve_code.replace("{name}", "old"), version="1.0")
    install("wheel", sleeve_code.replace("{name}", "new"), version="2.0")
    host = Host.load(config("wheel"))
    assert (list(host.sleeves), host.versions["wheel"]) == (["new"], "2.0")


def test_damaged_metadata_of_a_stranger_does_not_stop_discovery(install, tmp_path, sleeve_code):
    install("wheel", sleeve_code.replace("{name}", "wheel"))
    install("mad", "x = 1", distribution="allusr-mad")
    damaged = next(tmp_path.glob("*/allusr_mad-1.2.3.dist-info")) / "entry_points.txt"
    damaged.write_text("[allusr.v1]\nthis line has no equals sign\n")
    assert "wheel" in {f.name for f in discover()}


def test_the_survey_tells_every_status(install, sleeve_code):
    install("fine", sleeve_code.replace("{name}", "fine"))
    install("idle", "raise RuntimeError")
    install("bad", "raise RuntimeError('no')")
    install("future", "", group="allusr.v3")
    install("twin", "", distribution="twin-a")
    install("twin", "", distribution="twin-b")
    install("held", sleeve_code.replace("{name}", "held"))
    told = {f.name: f for f in survey(("fine", "bad", "future", "twin", "held"), quarantined={"held"})}
    expected = {
        "fine": Status.OK,
        "idle": Status.NOT_SELECTED,
        "bad": Status.IMPORT_FAILED,
        "future": Status.INCOMPATIBLE,
        "twin": Status.DUPLICATE_NAME,
        "held": Status.QUARANTINED,
    }
    assert {name: told[name].status for name in expected} == expected
    assert "RuntimeError: no" in told["bad"].problem
