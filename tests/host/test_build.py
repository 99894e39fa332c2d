"""Contributions are checked, named once, and built with their settings; all problems at once."""

import pytest

from allusr_sdk.config import Config
from allusr_sdk.contracts import ForkRule, LadderManager, RiskProtocol, Sleeve
from allusr_sdk.errors import PluginError, SettingsError
from allusr_sdk.hookspecs import hookimpl
from allusr_sdk.host import Host
from allusr_sdk.settings import setting, settings


@settings
class Inner:
    width: int = setting(default=1, ge=1, le=9, help="Width.")


@settings
class WheelSettings:
    symbols: tuple[str, ...] = setting(default=("SPY",), help="Underlyings.")
    delta: float = setting(default=0.30, ge=0.05, le=0.50, help="Delta to sell at.")
    inner: Inner = setting(default=Inner(), help="Nested.")


class Wheel(Sleeve[WheelSettings]):
    name = "wheel"


class Other(Sleeve[WheelSettings]):
    name = "other"


class Shield(RiskProtocol[Inner]):
    name = "shield"


class Buckler(RiskProtocol[Inner]):
    name = "buckler"


class Steps(LadderManager[Inner]):
    name = "steps"


class Split(ForkRule[Inner]):
    name = "split"


def bringing(hook: str, value: object, name: str = "bad") -> object:
    kind = type("Plugin", (), {hook: hookimpl(lambda self: value), "name": name})
    return kind()


def test_every_kind_of_object_is_built_with_its_own_table():
    options = {
        "sleeves.wheel.delta": 0.4,
        "sleeves.wheel.inner.width": 3,
        "protocol.width": 4,
        "ladders.steps.width": 5,
        "forks.split.width": 6,
    }
    host = Host.of(Wheel, Shield, Steps, Split, config=Config.read(options=options))
    assert host.sleeves["wheel"].settings == WheelSettings(delta=0.4, inner=Inner(width=3))
    assert host.protocol is not None
    assert host.protocol.settings.width == 4
    assert host.ladders["steps"].settings.width == 5
    assert host.forks["split"].settings.width == 6
    assert host.plugin_of == {"wheel": "wheel", "shield": "shield", "steps": "steps", "split": "split"}


def test_typos_at_any_depth_in_any_table_are_told_at_once_with_their_path():
    options = {
        "sleeves.wheel.detla": 0.4,
        "sleeves.wheel.delta": 3,
        "sleeves.wheel.inner.widht": 3,
        "sleeves.weel.delta": 0.2,
        "protocol.width": "wide",
    }
    with pytest.raises(SettingsError) as caught:
        Host.of(Wheel, Shield, config=Config.read(options=options))
    assert sorted(caught.value.problems) == [
        "protocol.width: expected int, got str",
        "sleeves.weel: no selected plugin brings 'weel'; did you mean 'wheel'?",
        "sleeves.wheel.delta: 3.0 is above the maximum 0.5",
        "sleeves.wheel.detla: unknown setting; did you mean 'delta'?",
        "sleeves.wheel.inner.widht: unknown setting; did you mean 'width'?",
    ]


def test_settings_for_a_protocol_that_nobody_brings_are_refused():
    with pytest.raises(SettingsError, match="protocol: no selected plugin brings a protocol"):
        Host.of(Wheel, config=Config.read(options={"protocol.width": 3}))


def test_of_several_protocols_the_configuration_names_one():
    with pytest.raises(SettingsError, match=r"plugins\.protocol: name one of buckler, shield"):
        Host.of(Shield, Buckler)
    chosen = Host.of(Shield, Buckler, config=Config.read(options={"plugins.protocol": "buckler"})).protocol
    assert isinstance(chosen, Buckler)
    with pytest.raises(SettingsError, match="did you mean 'buckler'"):
        Host.of(Shield, Buckler, config=Config.read(options={"plugins.protocol": "bukler"}))


def test_two_plugins_that_bring_one_name_are_refused():
    with pytest.raises(PluginError, match="plugin second: brings 'wheel', which plugin first brings too"):
        Host.of(bringing("allusr_sleeves", [Wheel], "first"), bringing("allusr_sleeves", [Wheel], "second"))


def test_one_plugin_that_brings_a_name_twice_is_refused():
    with pytest.raises(PluginError, match="plugin bad: brings 'wheel', a second time"):
        Host.of(bringing("allusr_sleeves", [Wheel, Wheel]))


def test_two_objects_with_one_plugin_name_are_refused():
    with pytest.raises(PluginError, match="registered twice"):
        Host.of(Wheel, Wheel)


class Nameless(Sleeve[WheelSettings]):
    pass


class Unsettled(Sleeve):  # type: ignore[type-arg]
    name = "unsettled"


class Plain(Sleeve[int]):
    name = "plain"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "return a list of Sleeve classes"),
        (Wheel, "return a list of Sleeve classes"),
        ([Wheel(WheelSettings())], "is not a Sleeve class"),
        ([Shield], "is not a Sleeve class"),
        ([Nameless], "Nameless has no name"),
        ([Unsettled], "names no settings class"),
        ([Plain], "settings of Plain are not a @settings class"),
    ],
)
def test_a_contribution_of_the_wrong_kind_is_refused(value, words):
    with pytest.raises(PluginError, match=words) as caught:
        Host.of(bringing("allusr_sleeves", value))
    assert caught.value.plugin == "bad"


@pytest.mark.parametrize("value", [None, [len], {"market": 3}, {1: len}])
def test_makers_must_be_a_mapping_from_names_to_callables(value):
    with pytest.raises(PluginError, match="return a mapping from names to callables"):
        Host.of(bringing("allusr_markets", value))


def test_makers_are_found_by_name():
    host = Host.of(bringing("allusr_markets", {"mine": dict}), bringing("allusr_scenarios", {"crash": list}, "b"))
    assert (host.markets["mine"], host.scenarios["crash"], dict(host.brokers)) == (dict, list, {})


def test_a_contribution_may_be_a_generator():
    class Plugin:
        @hookimpl
        def allusr_sleeves(self):
            yield Wheel
            yield Other

    assert list(Host.of(Plugin()).sleeves) == ["wheel", "other"]


def test_a_contribution_that_raises_refuses_the_run_with_its_line(install):
    module = install(
        "bad", "from allusr_sdk.hookspecs import hookimpl\n@hookimpl\ndef allusr_sleeves():\n    return 1 / 0\n"
    )
    with pytest.raises(PluginError, match=rf"allusr_sleeves failed: .*{module}\.py:4: ZeroDivisionError") as caught:
        Host.load(Config.read(options={"plugins.use": ["bad"]}))
    assert "\n" not in str(caught.value)


class Clumsy(Sleeve[WheelSettings]):
    name = "clumsy"

    def __init__(self, settings: WheelSettings) -> None:
        raise KeyError(settings.delta)


def test_an_object_that_cannot_be_built_refuses_the_run_with_its_line():
    with pytest.raises(
        PluginError, match=r"plugin clumsy: Clumsy cannot be built: .*test_build\.py:\d+: KeyError: 0\.3"
    ):
        Host.of(Clumsy)


def test_a_plugin_that_cannot_even_be_looked_at_is_refused():
    class Thorny:
        @property
        def allusr_sleeves(self):
            raise RuntimeError("thorn")

    with pytest.raises(PluginError, match=r"plugin Thorny: cannot be registered: .*RuntimeError: thorn"):
        Host.of(Thorny())


def test_the_digest_follows_effective_settings_and_nothing_else():
    plain = Host.of(Wheel).digest
    same = Config.read(options={"sleeves.wheel.delta": 0.3, "market.path": "elsewhere"})
    other = Config.read(options={"sleeves.wheel.delta": 0.31})
    assert Host.of(Wheel, config=same).digest == plain
    assert Host.of(Wheel, config=other).digest != plain
