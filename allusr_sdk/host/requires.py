"""Whether a plugin was built for the running SDK, judged by its declared requirements without importing it."""

import re
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version

SDK = "allusr-sdk"
_NAMES_IT = re.compile(r"\s*allusr[-_.]+sdk(?![\w.-])", re.IGNORECASE)


def running() -> str:
    """Version of the running SDK; empty where it runs without being installed."""
    try:
        return version(SDK)
    except PackageNotFoundError:
        return ""


def unmet(requirements: Iterable[str], sdk: str) -> str:
    """Why a plugin with these requirements (as `Requires-Dist` has them) does not fit an SDK; empty where it does.

    Requirements of other distributions are the installer's business, and so are those of extras.
    """
    return next(filter(None, (_unmet(text, sdk) for text in requirements if _NAMES_IT.match(text))), "")


def _unmet(text: str, sdk: str) -> str:
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        wanted = Requirement(text)
    except InvalidRequirement:
        return f"requires {' '.join(text.split())!r}, which is no requirement: mend it in the plugin's pyproject.toml"
    applies = wanted.marker is None or wanted.marker.evaluate({"extra": ""})
    if not applies or not sdk or wanted.specifier.contains(sdk, prereleases=True):
        return ""
    return f"requires {SDK}{wanted.specifier}, this host is {SDK} {sdk}: install a version for it"
