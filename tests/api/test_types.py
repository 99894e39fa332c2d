"""No public signature says Any, in words or by silence, and every public name is documented."""

import inspect

import pytest

from tests.api.surface import functions, hints, loose, reached

REACHED = reached()


@pytest.mark.parametrize("name", REACHED)
def test_no_type_says_any(name):
    assert [f"{place}: {found}" for place, hint in hints(REACHED[name]) for found in loose(hint)] == []


def documented():
    """Public names, and public methods and properties of their classes, with what documents them."""
    for name, thing in REACHED.items():
        yield name, thing
        if inspect.isclass(thing):
            yield from ((f"{name}.{method}", function) for method, function in functions(thing) if method != "__init__")


def test_every_public_name_and_method_has_a_docstring():
    lacking = [name for name, thing in documented() if not (getattr(thing, "__doc__", None) or "").strip()]
    assert lacking == []
