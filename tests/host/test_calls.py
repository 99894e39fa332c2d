"""Each call is guarded on its own: what one plugin does never silences another."""

import pytest

from allusr_sdk.contracts import Sleeve
from allusr_sdk.hookspecs import Advice, Forecast, Section, hookimpl
from allusr_sdk.host import Answer, Fault, Host
from allusr_sdk.model.events import Thawed
from allusr_sdk.model.intents import Halt, Skip, Veto
from allusr_sdk.settings import setting, settings

INTENT = Skip("SPY", "TEST")
VIEW = None  # the guards below never look at it
EVENT = Thawed(why="test")


class Plugin:
    """A plugin whose hooks all answer, or raise, the same."""

    def __init__(self, name: str, answer: object = None) -> None:
        self.name = name
        self.answer = answer
        self.asked = 0

    def reply(self) -> object:
        self.asked += 1
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


class Screen(Plugin):
    @hookimpl
    def allusr_screen(self, intent, view):
        return self.reply()


class Brake(Plugin):
    @hookimpl
    def allusr_halt(self, view):
        return self.reply()


class Both(Screen):
    @hookimpl
    def allusr_halt(self, view):
        return None


class Observer(Plugin):
    @hookimpl
    def allusr_event(self, event):
        return self.reply()


class Reporter(Plugin):
    @hookimpl
    def allusr_report(self, period, ledger):
        return self.reply()

    @hookimpl
    def allusr_advise(self, topic, ledger):
        return self.reply()


class Commander(Plugin):
    @hookimpl
    def allusr_commands(self, cli):
        if isinstance(self.answer, BaseException):
            raise self.answer
        cli.append(self.name)


@settings
class Few:
    symbols: tuple[str, ...] = setting(default=("SPY",), help="Underlyings.")


class Wheel(Sleeve[Few]):
    name = "wheel"


def test_all_guards_are_asked_in_the_order_given_and_every_veto_is_kept():
    first, second = Veto("A-1", "too big"), Veto("B-1", "too late")
    host = Host.of(Screen("z", first), Screen("m", None), Screen("a", second))
    vetoes = host.screen(INTENT, VIEW)
    assert [(v.rule, v.why) for v in vetoes] == [("A-1", "too big (guard z)"), ("B-1", "too late (guard a)")]
    assert host.faults == []


@pytest.mark.parametrize("error", [ValueError("boom"), SystemExit(0), RecursionError("deep"), AssertionError()])
def test_a_raising_guard_vetoes_by_rule_0_while_the_others_still_vote(error):
    veto = Veto("A-1", "too big")
    first, last = Screen("first", veto), Screen("last")
    host = Host.of(first, Screen("bad", error), last)
    vetoes = host.screen(INTENT, VIEW)
    assert vetoes[0].rule == veto.rule
    assert [(v.rule, v.why.split(":")[0]) for v in vetoes[1:]] == [("RULE-0", "guard bad is blind")]
    assert last.asked == 1
    assert [(f.plugin, f.where) for f in host.faults] == [("bad", "allusr_screen")]


@pytest.mark.parametrize("answer", [True, False, "no", Halt("SAFE", "X", "")])
def test_a_guard_that_answers_something_else_counts_as_raising(answer):
    host = Host.of(Screen("odd", answer))
    assert host.screen(INTENT, VIEW)[0].rule == "RULE-0"
    assert "expected Veto or None" in host.faults[0].error


def test_a_blind_guard_keeps_the_account_safe_until_it_is_released():
    guard = Both("eye", ValueError("boom"))
    host = Host.of(guard)
    assert host.halt(VIEW) == ()
    host.screen(INTENT, VIEW)
    guard.answer = None
    assert [(h.tier, h.rule) for h in host.halt(VIEW)] == [("SAFE", "RULE-0")]
    assert host.screen(INTENT, VIEW)[0].rule == "RULE-0"
    assert guard.asked == 1
    host.release("eye")
    assert host.halt(VIEW) == host.screen(INTENT, VIEW) == ()


def test_a_quarantine_from_the_journal_is_repeated_after_a_restart():
    host = Host.of(Screen("eye"))
    host.quarantine("eye", "ValueError: boom")
    assert host.halt(VIEW) == (Halt("SAFE", "RULE-0", "guard eye is blind: ValueError: boom"),)


def test_a_raising_brake_asks_for_safe_and_the_others_wishes_are_kept():
    wish = Halt("HALT", "K-1", "black swan")
    host = Host.of(Brake("bad", OSError("gone")), Brake("good", wish))
    assert [(h.tier, h.rule) for h in host.halt(VIEW)] == [("HALT", "K-1"), ("SAFE", "RULE-0")]


def test_a_users_interrupt_is_never_a_plugins_fault():
    host = Host.of(Screen("eye", KeyboardInterrupt()), Observer("log", KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        host.screen(INTENT, VIEW)
    with pytest.raises(KeyboardInterrupt):
        host.event(EVENT)
    assert host.faults == []


def test_an_observer_is_detached_after_three_errors_running():
    bad, good = Observer("bad", ValueError("boom")), Observer("good")
    host = Host.of(bad, good)
    for _ in range(5):
        host.event(EVENT)
    assert (bad.asked, good.asked) == (3, 5)
    assert [f.plugin for f in host.take_faults()] == ["bad"] * 3
    assert host.take_faults() == ()


def test_an_observer_that_recovers_starts_anew():
    observer = Observer("moody")
    host = Host.of(observer)
    for error in (ValueError(), ValueError(), None, ValueError(), ValueError()):
        observer.answer = error
        host.event(EVENT)
    observer.answer = None
    host.event(EVENT)
    assert observer.asked == 6


def test_sections_come_in_order_and_a_fault_stands_in_its_sections_place():
    section = Section("Costs", "none")
    found = Host.of(Reporter("a", section), Reporter("b"), Reporter("c", ValueError("x"))).report("2026-W07", None)
    assert found[0] == Answer("a", section)
    assert isinstance(found[1], Fault)
    assert [f.plugin for f in found] == ["a", "c"]


def test_advice_comes_with_its_author_and_has_no_order_fields():
    advice = Advice("ladder", "wait")
    assert Host.of(Reporter("sage", advice)).advise("ladder", None) == (Answer("sage", advice),)
    names = {a.name for kind in (Advice, Forecast) for a in kind.__attrs_attrs__}
    assert not names & {"order", "key", "quantity", "side", "limit", "contract", "intent", "symbol"}


def test_a_command_group_that_fails_leaves_the_others():
    cli: list[str] = []
    faults = Host.of(Commander("a"), Commander("b", ValueError("x")), Commander("c")).commands(cli)
    assert cli == ["a", "c"]
    assert [f.plugin for f in faults] == ["b"]


def test_asking_returns_the_answer_with_the_plugins_name():
    assert Host.of(Wheel).ask("wheel", "propose", lambda: 5) == Answer("wheel", 5)


def test_a_generator_is_drained_inside_the_guard():
    def propose():
        yield 1
        raise ValueError("late")

    host = Host.of(Wheel)
    fault = host.ask("wheel", "propose", propose)
    assert isinstance(fault, Fault)
    assert host.ask("wheel", "propose", lambda: (n for n in (1, 2))) == Answer("wheel", (1, 2))
    assert host.faults == []


def test_a_fault_is_one_line_fit_for_the_journal():
    def crash():
        raise ValueError(f"two\nlines and {object()}")

    fault = Host.of(Wheel).ask("wheel", "manage", crash)
    assert isinstance(fault, Fault)
    assert fault.error.startswith("ValueError: two lines and <object object at 0x...> (at ")
    assert __file__ not in fault.error


def test_an_exception_that_cannot_be_printed_does_not_break_the_guard():
    class Mute(Exception):
        def __str__(self):
            raise ValueError

    host = Host.of(Screen("eye", Mute()))
    assert host.screen(INTENT, VIEW)[0].rule == "RULE-0"
    assert host.faults[0].error.startswith("Mute: its message cannot be printed")


def test_plugins_that_compare_equal_are_still_two():
    class Same(Screen):
        def __eq__(self, other):
            return isinstance(other, Same)

        __hash__ = None  # type: ignore[assignment]

    from allusr_sdk.errors import PluginError

    with pytest.raises(PluginError, match="plugin b: ValueError: Plugin"):
        Host.of(Same("a"), Same("b"))
