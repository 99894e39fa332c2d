"""The rules as data: ids, words, named values, a version and a hash over the values in force.

Every value has a key, ``LQ-1.open_interest``. What the user fixed may only be tightened; a backtest may loosen it
through `Rulebook.what_if`, and the rulebook remembers that it did. The data is `allusr_sdk/rulebook.toml`.
"""

from allusr_sdk.rulebook.book import Rulebook
from allusr_sdk.rulebook.changes import Change, changes
from allusr_sdk.rulebook.page import page
from allusr_sdk.rulebook.values import Plain, Rule, Value, parse

__all__ = ["Change", "Plain", "Rule", "Rulebook", "Value", "changes", "page", "parse"]
