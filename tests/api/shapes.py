"""The structure of JSON: keys and kinds of values, no values. Rows of a list are laid over each other."""

from collections.abc import Iterator

_KINDS = {str: "text", bool: "true/false", int: "number", float: "number", type(None): "null"}
_OWN = {
    "numbers": "whatever a rule looked at",
    "payload": "the fields of its kind of event",
    "schema": "JSON Schema",
}
_NAMED = ("counts", "plugins", "what_if")
"""Objects whose keys come from the data."""


def lines(value: object) -> list[str]:
    """One line a place: its path and the kinds of values that stand there, for a value as `json.loads` gives it."""
    found: dict[str, set[str]] = {}
    for path, kind in _walk(value, ""):
        found.setdefault(path, set()).add(kind)
    return [f"{path}: {' | '.join(sorted(kinds))}" for path, kinds in sorted(found.items())]


def _walk(value: object, path: str) -> Iterator[tuple[str, str]]:
    own = _OWN.get(path.rpartition(".")[2])
    if isinstance(value, dict) and own:
        yield path, own
    elif isinstance(value, dict):
        named = path.rpartition(".")[2] in _NAMED
        yield from (
            found for key, inner in value.items() for found in _walk(inner, f"{path}.{'<name>' if named else key}")
        )
        if named and not value:
            yield path, "by name"
    elif isinstance(value, list):
        yield path, "list"
        yield from (found for row in value for found in _walk(row, f"{path}[]"))
    else:
        yield path, _KINDS[type(value)]
