"""Scenarios: seeded markets that go as told, one TOML file each, run by `allusr run --scenario NAME`."""

from allusr_sdk.scenarios.scenario import Scenario, packaged, scenario

__all__ = ["Scenario", "packaged", "scenario"]
