"""docs/evidence.md: its words stand in `pages`, what the runs came to is filled in."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from allusr_sdk.market.ranges import WIDE
from tests.evidence import published, switched, targets, told
from tests.evidence.bars import Known
from tests.evidence.plans import MAIN, WAYS, Bars, Window, fresh
from tests.evidence.reading import Facts

COMMAND = "uv run python -m tests.evidence"
_PAGES = Path(__file__).parent / "pages"
_TEXT = ("way", "what", "holes", "from", "to", "by", "name", "of what")
Ways = Mapping[str, Facts]


def page(runs: Mapping[str, Ways], bars: Mapping[str, Sequence[Known]], sets: Sequence[Bars]) -> str:
    """The whole page as Markdown."""
    every = {key: facts for one in sets for key, facts in runs[one.key].items()}
    each = [(runs[one.key], one) for one in sets]
    return filled("page.md", {
        "command": COMMAND + _some(every, sets),
        "short": bullets(text for ways, one in each for text in told.short(ways, one)),
        "ways": table(("way", "what"), [[f"**{way.title}**", way.what] for way in told.those(every)]),
        "commands": "\n".join(_command(ways[MAIN.key], one) for ways, one in each),
        "holes": table(*told.holes([(one.title, known) for one in sets for known in bars[one.key]])),
        "doubted": f"{WIDE}",
        "bad_years": table(*told.bad_years(known for one in sets for known in bars[one.key])),
        "bad_prints": "\n\n".join(told.bad_prints(ways[MAIN.key], one) for ways, one in each),
        "sets": "\n".join(_set(ways, one) for ways, one in each),
        "windows": "\n".join(_window(runs, one, window) for one in sets for window in one.windows),
        "overall": table(*switched.switches_overall(each)),
        "strayed": " ".join(switched.strayed(ways, one) for ways, one in each),
        "indices": table(*published.indices(each)), "put_source": published.YEARLY,
        "put_years": table(*published.put_years(each)),
        "target": table(*targets.target(each)),
        "verdicts": "\n\n".join(targets.verdict(ways, one) for ways, one in each),
        "trials": table(*targets.trials(each)),
    })  # fmt: skip


def _some(every: Ways, sets: Sequence[Bars]) -> str:
    """What has to be typed for fewer ways than there are."""
    all_of = [way.key for way in WAYS if any(way.key in one.ways for one in sets)]
    return "" if len(every) == len(all_of) else f" --ways {','.join(way.key for way in told.those(every))}"


def filled(name: str, values: Mapping[str, str]) -> str:
    """A page of words with its values. Raises `KeyError` where one is missing."""
    return re.sub(r"\{\{(\w+)\}\}", lambda found: values[found[1]].strip("\n"), (_PAGES / name).read_text())


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of Markdown; numbers stand to the right."""
    kept = list(rows)
    if not kept:
        return "None."
    sides = ["---" if i == 0 or head in _TEXT else "--:" for i, head in enumerate(heads)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (heads, sides, *kept))


def bullets(lines: Iterable[str]) -> str:
    """A list of Markdown."""
    return "\n".join(f"- {line}" for line in lines)


def _command(facts: Facts, one: Bars) -> str:
    return f"{one.title}:\n\n```text\n{facts.command}\n```\n\nThe market of the run, by its journal: {facts.market}.\n"


def _set(ways: Ways, one: Bars) -> str:
    main = ways[MAIN.key]
    return filled("set.md", {
        "title": one.title, "measures": table(*told.measures(ways, one)),
        "notes": " ".join(told.notes(ways, one)),
        "picture": picture(one, "equity"), "sources": table(*told.sources(main)), "source": told.source(main),
        "years": table(*told.years(ways)), "sleeves": table(*told.sleeves(main)),
        "refusals": bullets(told.refusals(main)), "stopped": table(*told.stopped(main)),
        "resting": " ".join(told.resting(ways)),
    })  # fmt: skip


def _window(runs: Mapping[str, Ways], one: Bars, window: Window) -> str:
    begun = fresh(one, window)
    both = [(f"begun {window.begun}", runs[begun.key]), (f"begun {one.first}", runs[one.key])]
    return filled("window.md", {
        "title": f"{window.title} ({one.title})", "moves": table(*switched.moves(runs[begun.key][MAIN.key], window)),
        "begun": f"{window.begun}", "same": switched.same_days(*(ways[MAIN.key] for _, ways in both), window),
        "both": table(*switched.with_and_without(both, window)),
        "saved": "\n\n".join(switched.saved(name, ways, window) for name, ways in both),
        "picture": picture(one, window.key),
    })  # fmt: skip


def picture(one: Bars, what: str) -> str:
    """The place of a picture beside the page."""
    return f"evidence/{one.key}-{what}.svg"
