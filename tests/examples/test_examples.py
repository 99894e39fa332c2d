"""The examples are distributions of their own: their tests pass, alone, and they keep to the public SDK."""

import ast
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
DISTRIBUTIONS = sorted(path.parent for path in EXAMPLES.glob("*/pyproject.toml"))
TESTED = [folder for folder in DISTRIBUTIONS if (folder / "tests").is_dir()]

each = pytest.mark.parametrize("folder", DISTRIBUTIONS, ids=lambda folder: folder.name)


def project(folder):
    return tomllib.loads((folder / "pyproject.toml").read_text())["project"]


@pytest.mark.long
@pytest.mark.parametrize("folder", TESTED, ids=lambda folder: folder.name)
def test_its_own_tests_pass_without_anything_of_this_repository_s_settings(folder):
    """All but the conformance checks, which tests/conformance runs on the same folder."""
    options = ["-q", "-n", "0", "-p", "no:cacheprovider", "-c", "pyproject.toml"]
    command = [sys.executable, "-m", "pytest", *options, "-k", "not test_conforms", "tests"]
    ran = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(folder)}, check=False
    )
    assert ran.returncode == 0, ran.stdout[-3000:]
    assert " passed" in ran.stdout


@each
def test_its_entry_point_names_the_plugin_as_its_folder_does(folder):
    declared = project(folder)
    assert declared["entry-points"]["allusr.v1"] == {folder.name: f"allusr_{folder.name}"}
    assert declared["name"] == f"allusr-{folder.name.replace('_', '-')}"
    assert (folder / f"allusr_{folder.name}" / "py.typed").exists()


@each
def test_it_imports_the_public_sdk_alone(folder):
    imported = {
        name
        for file in (folder / f"allusr_{folder.name}").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        for name in _modules(node)
        if name.partition(".")[0] == "allusr_sdk"
    }
    assert "allusr_sdk" in imported
    assert imported <= {"allusr_sdk", "allusr_sdk.settings", "allusr_sdk.errors"}


def _modules(node):
    if isinstance(node, ast.ImportFrom):
        return [node.module]
    return [alias.name for alias in node.names] if isinstance(node, ast.Import) else []


@pytest.mark.parametrize("folder", TESTED, ids=lambda folder: folder.name)
def test_its_readme_lists_every_setting_as_it_is_declared(folder, monkeypatch):
    from importlib import import_module

    from allusr_sdk.host.build import CLASSES
    from allusr_sdk.settings import table

    monkeypatch.syspath_prepend(folder)
    module = import_module(f"allusr_{folder.name}")
    brought = [item for hook in CLASSES for item in getattr(module, hook, tuple)()]
    lines = (folder / "README.md").read_text().splitlines()
    listed = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    for row in (row for item in brought for row in table(item.settings_type())):
        assert [row.name, row.default, row.unit, row.bounds, row.help] in listed
