"""Homes to tell something to."""

import pytest

from tests.execution.operator.homes import Home


@pytest.fixture(autouse=True)
def always_looking(monkeypatch):
    """The inbox is looked at between any two instants, however fast they follow."""
    monkeypatch.setattr("allusr_sdk.execution.operator.POLL", 0.0)


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


@pytest.fixture
def whole(tmp_path):
    """The head of a run that no one cut, told by its plan what another was told from outside."""

    def run(*commands):
        return Home(tmp_path / "whole").run(commands=commands)

    return run
