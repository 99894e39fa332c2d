"""What pluggy would register in silence is refused by name."""

import inspect

import pytest

from allusr_sdk import hookspecs
from allusr_sdk.config import Config
from allusr_sdk.errors import PluginError
from allusr_sdk.host import Host
from allusr_sdk.host.verify import HOOKS

HEAD = "from allusr_sdk.hookspecs import hookimpl, hookspec\n"

REFUSED = {
    "wrapper": ("@hookimpl(wrapper=True)\ndef allusr_halt(view):\n    return (yield)", "hook wrapper"),
    "old wrapper": ("@hookimpl(hookwrapper=True)\ndef allusr_halt(view):\n    yield", "hook wrapper"),
    "misspelt": ("@hookimpl\ndef allusr_slevees(): ...", "did you mean 'allusr_sleeves'?"),
    "misspelt by specname": ("@hookimpl(specname='allusr_hal')\ndef h(view): ...", "did you mean 'allusr_halt'?"),
    "optional and misspelt": ("@hookimpl(optionalhook=True)\ndef allusr_hallt(view): ...", "'allusr_halt'"),
    "unmarked": ("def allusr_halt(view): ...", "not marked with @hookimpl"),
    "default": ("@hookimpl\ndef allusr_halt(view=None): ...", "gives argument 'view' a default"),
    "keyword only": ("@hookimpl\ndef allusr_screen(intent, *, view): ...", "keyword-only argument 'view'"),
    "star": ("@hookimpl\ndef allusr_screen(*args): ...", "takes *args"),
    "double star": ("@hookimpl\ndef allusr_screen(**kw): ...", "takes **kw"),
    "unknown argument": ("@hookimpl\ndef allusr_halt(veiw): ...", "unknown argument 'veiw'; did you mean 'view'?"),
    "async": ("@hookimpl\nasync def allusr_halt(view): ...", "is async"),
    "async generator": ("@hookimpl\nasync def allusr_halt(view):\n    yield 1", "is async"),
    "own specification": ("@hookspec(firstresult=True)\ndef allusr_mine(view): ...", "specifies a hook (firstresult"),
    "first": ("@hookimpl(tryfirst=True)\ndef allusr_halt(view): ...", "drop tryfirst"),
    "last": ("@hookimpl(trylast=True)\ndef allusr_halt(view): ...", "drop trylast"),
    "nothing": ("x = 1", "implements no hook"),
}


@pytest.mark.parametrize(("code", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_a_plugin_that_is_wired_wrongly_is_refused(install, code, words):
    install("bad", HEAD + code)
    with pytest.raises(PluginError) as caught:
        Host.load(Config.read(options={"plugins.use": ["bad"]}))
    assert caught.value.plugin == "bad"
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_refused_function_is_named_with_its_file_and_line(install):
    module = install("bad", HEAD + "\n\n@hookimpl(tryfirst=True)\ndef allusr_halt(view): ...")
    with pytest.raises(PluginError, match=rf"{module}\.py:4: allusr_halt asks for a place"):
        Host.load(Config.read(options={"plugins.use": ["bad"]}))


def test_imported_modules_whose_names_begin_like_hooks_are_left_alone(install):
    code = "import allusr_sdk\nfrom allusr_sdk.hookspecs import hookimpl\n@hookimpl\ndef allusr_halt(): ...\n"
    install("fine", code)
    assert Host.load(Config.read(options={"plugins.use": ["fine"]})).halt(None) == ()  # type: ignore[arg-type]


def test_an_implementation_may_leave_arguments_out():
    class Guard:
        @hookspecs.hookimpl
        def allusr_screen(self, view): ...

    assert Host.of(Guard()).screen(None, None) == ()  # type: ignore[arg-type]


def test_the_design_lists_exactly_these_hooks():
    assert set(HOOKS) == {
        *("allusr_sleeves", "allusr_protocols", "allusr_ladders", "allusr_forks"),
        *("allusr_markets", "allusr_brokers", "allusr_scenarios", "allusr_earnings"),
        *("allusr_screen", "allusr_halt", "allusr_event", "allusr_report", "allusr_advise", "allusr_commands"),
    }


@pytest.mark.parametrize("name", HOOKS)
def test_every_hook_says_what_it_is_for_and_explains_its_arguments(name):
    spec = getattr(hookspecs, name)
    text = inspect.getdoc(spec) or ""
    assert len(text.splitlines()[0]) > 15
    assert all(f"{argument}:" in text for argument in HOOKS[name])
    assert not spec.allusr_spec["firstresult"]
    assert not inspect.iscoroutinefunction(spec)
    assert "return" in inspect.get_annotations(spec)
