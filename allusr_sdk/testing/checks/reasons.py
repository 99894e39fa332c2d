"""Check 406: every answer names rules that can be looked up, and every fresh symbol has one."""

import inspect
import re
import sys
from pathlib import Path

from allusr_sdk.model.intents import Note, Skip
from allusr_sdk.rulebook import Rulebook
from allusr_sdk.testing.checks import source
from allusr_sdk.testing.checks.asks import Ask
from allusr_sdk.testing.checks.outcome import Broken
from allusr_sdk.testing.checks.trial import Trial

_ABOVE = 2  # folders over a package in which its README may stand


def reasoned(trial: Trial) -> int:
    """Rules of every intent and skip; words with every skip; of a sleeve one answer for each fresh symbol."""
    known, text = Rulebook.default().rules, words(trial.subject.cls)
    seen = 0
    for ask in trial.walk.asks:
        for intent in ask.intents:
            seen += 1
            if not intent.rule.split():
                raise Broken(f"{ask}: a {type(intent).__name__} of {intent.symbol} names no rule")
            if strange := [r for r in intent.rule.split() if r not in known and not told(r, text)]:
                raise Broken(f"{ask}: {strange[0]} is no rule of the rulebook, nor in its docstring or README")
            if isinstance(intent, Skip) and not intent.why.strip():
                raise Broken(f"{ask}: a skip of {intent.symbol} by {intent.rule} does not say why")
        _complete(ask, trial)
    return seen


def told(rule: str, text: str) -> bool:
    """Whether a rule stands in a text as a word of its own."""
    return re.search(rf"(?<![\w-]){re.escape(rule)}(?![\w-])", text) is not None


def _complete(ask: Ask, trial: Trial) -> None:
    if ask.method != "propose" or ask.raised:
        return
    answered = {intent.symbol for intent in ask.intents if not isinstance(intent, Note)}
    if silent := [s for s in trial.subject.symbols if ask.view.fresh(s) and s not in answered]:
        raise Broken(f"{ask}: {silent[0]} is fresh and got neither an intent nor a skip")


def words(cls: type) -> str:
    """What a plugin says of itself: docstrings of its modules and classes, and the README beside them."""
    modules = [sys.modules[k.__module__] for k in cls.__mro__ if k.__module__ in sys.modules]
    own = [m for m in modules if m.__name__.partition(".")[0] not in ("allusr_sdk", "builtins", "typing", "abc")]
    docs = [inspect.getdoc(x) or "" for x in (*own, cls)]
    return "\n".join([*docs, *(_readme(path) for path in source.files(cls))])


def _readme(path: Path) -> str:
    for folder in path.parents[: _ABOVE + 1]:
        if (folder / "README.md").is_file():
            return (folder / "README.md").read_text("utf-8")
    return ""
