"""The story of a symbol, a position, a week, an account or an entry."""

from collections.abc import Mapping

from allusr_mcp.accounts import Account
from allusr_mcp.plain import entries
from allusr_sdk.office.story import Chapter, Line, story


def explain(account: Account, subject: str, ledger: str | None, lines: int) -> Mapping[str, object]:
    """What happened to a subject and why, with rules and entries; of each chapter the newest lines."""
    found = story(account.followed.run, subject, ledger=ledger)
    return {
        "subject": subject, "what_if": found.what_if, "week_types": found.weeks,
        "chapters": [_chapter(chapter, lines) for chapter in found.chapters],
    }  # fmt: skip


def _chapter(found: Chapter, lines: int) -> Mapping[str, object]:
    return {
        "symbol": found.symbol, "ledger": found.ledger, "title": found.title, "position": found.position,
        "level": found.level, "level_name": found.level_name, "lines": [_line(line) for line in found.lines[-lines:]],
        "older_lines": max(0, len(found.lines) - lines),
    }  # fmt: skip


def _line(found: Line) -> Mapping[str, object]:
    return {
        "at": found.at, "until": found.until, "times": found.times, "kind": found.kind, "text": found.text,
        "details": [detail.text for detail in found.details], "entries": entries(found.entries),
        "rules": list(dict.fromkeys((*found.rules, *(rule for detail in found.details for rule in detail.rules)))),
    }  # fmt: skip
