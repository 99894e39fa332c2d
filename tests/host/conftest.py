"""Throw-away distributions on the path: metadata and a module, exactly what an installer leaves behind."""

import textwrap
from pathlib import Path
from typing import Protocol

import pytest


class Install(Protocol):
    def __call__(
        self, name: str, code: str, *, group: str = ..., module: str = ..., version: str = ..., distribution: str = ...,
        requires: tuple[str, ...] = ...,
    ) -> str: ...  # fmt: skip


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Install a plugin into a folder of its own on the path; returns its module's name, unique in the test run."""
    count = 0

    def add(
        name: str,
        code: str,
        *,
        group: str = "allusr.v1",
        module: str = "",
        version: str = "1.2.3",
        distribution: str = "",
        requires: tuple[str, ...] = (),
    ) -> str:
        nonlocal count
        count += 1
        module = module or f"{name}_{tmp_path.name.replace('-', '_')}_{count}"
        project = distribution or f"allusr-{name.replace('_', '-')}"
        site = tmp_path / f"site{count}"
        info = site / f"{project.replace('-', '_')}-{version}.dist-info"
        info.mkdir(parents=True)
        needs = "".join(f"Requires-Dist: {need}\n" for need in requires)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project}\nVersion: {version}\n{needs}")
        (info / "entry_points.txt").write_text(f"[{group}]\n{name} = {module}\n")
        (site / f"{module}.py").write_text(textwrap.dedent(code))
        (info / "RECORD").write_text("".join(f"{n},,\n" for n in (f"{module}.py", *_of(info), f"{info.name}/RECORD")))
        monkeypatch.syspath_prepend(str(site))
        return module

    return add


def _of(info: Path) -> tuple[str, ...]:
    return tuple(f"{info.name}/{file.name}" for file in sorted(info.iterdir()))


SLEEVE = """
from allusr_sdk.contracts import Sleeve
from allusr_sdk.hookspecs import hookimpl
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
    name = "{name}"


@hookimpl
def allusr_sleeves():
    return [Wheel]
"""


@pytest.fixture
def sleeve_code() -> str:
    """A plugin with one sleeve; `{name}` in it is the sleeve's name."""
    return SLEEVE
