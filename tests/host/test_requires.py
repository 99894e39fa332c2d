"""Whether a plugin fits the running SDK is judged by its metadata alone."""

import sys

import pytest

from allusr_sdk.config import Config
from allusr_sdk.errors import PluginError
from allusr_sdk.host import Host, Status, discover, survey
from allusr_sdk.host.requires import running, unmet


@pytest.mark.parametrize(
    "requirement",
    [
        "allusr-sdk",
        "allusr-sdk>=0.1,<0.2",
        "allusr_sdk (>=0.1)",
        "allusr-sdk>=0.1; python_version >= '3'",
        "allusr-sdk>=9; extra == 'later'",
        "allusr-sdk-extras>=9",
        "numpy>=999",
    ],
)
def test_what_asks_for_this_sdk_or_for_none_fits(requirement):
    assert unmet([requirement], "0.1.0") == ""


def test_a_version_before_a_release_is_judged_by_its_number():
    assert unmet(["allusr-sdk>=0.1"], "0.2.0.dev1") == ""


def test_what_asks_for_another_sdk_says_which_and_what_to_do():
    assert unmet(["numpy", "Allusr.SDK>=0.2,<0.3"], "0.1.0") == (
        "requires allusr-sdk<0.3,>=0.2, this host is allusr-sdk 0.1.0: install a version for it"
    )


def test_a_requirement_that_cannot_be_read_does_not_fit():
    assert "'allusr-sdk>>1', which is no requirement" in unmet(["allusr-sdk>>1"], "0.1.0")


def test_a_plugin_for_another_sdk_is_incompatible_and_never_imported(install):
    module = install("future", "raise RuntimeError", requires=("allusr-sdk>=99",))
    found = next(f for f in survey(("future",)) if f.name == "future")
    assert found.status is Status.INCOMPATIBLE
    assert f"requires allusr-sdk>=99, this host is allusr-sdk {running()}" in found.problem
    with pytest.raises(PluginError, match="requires allusr-sdk>=99"):
        Host.load(Config.read(options={"plugins.use": ["future"]}))
    assert module not in sys.modules


def test_a_strangers_damaged_requirements_do_not_stop_discovery(install, sleeve_code):
    install("mad", "", requires=("allusr-sdk>=0.1", "%%% no requirement at all"))
    install("wheel", sleeve_code.replace("{name}", "wheel"))
    assert {"mad", "wheel"} <= {f.name for f in discover()}


def test_good_plugins_run_beside_twins_a_stranger_to_the_api_and_a_broken_import(install, sleeve_code):
    """The whole zoo at once: what is wrong is named, and what is right trades."""
    install("twin", "raise RuntimeError", distribution="twin-a")
    install("twin", "raise RuntimeError", distribution="twin-b")
    install("ahead", "raise RuntimeError", group="allusr.v2")
    install("broken", "import no_such_module_anywhere")
    install("good", sleeve_code.replace("{name}", "good"), requires=(f"allusr-sdk=={running()}",))
    install("fine", sleeve_code.replace("{name}", "fine"))
    told = {f.name: f.status for f in survey(("good", "fine", "twin", "ahead", "broken", "nowhere"))}
    expected = {
        "good": Status.OK, "fine": Status.OK, "twin": Status.DUPLICATE_NAME, "ahead": Status.INCOMPATIBLE,
        "broken": Status.IMPORT_FAILED, "nowhere": Status.NOT_INSTALLED,
    }  # fmt: skip
    assert {name: told[name] for name in expected} == expected
    assert list(Host.load(Config.read(options={"plugins.use": ["good", "fine"]})).sleeves) == ["good", "fine"]
