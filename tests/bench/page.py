"""Pages of docs/, as docs/performance.md, made of the kept figures and of prose with places for them.

A place is `{{...}}` in a template of `pages/`, which becomes the page of its name:

goals                  every figure that has a goal, of all parts of the page, with what became of it
about PART             when, on what and from which sources the part was measured
table PART [GROUP]     its figures: processes with a column a measure, all others with a row each
figure PART WHAT [| MEASURE]   one median with its unit
note PART NAME         something that the part noted
"""

import re
from pathlib import Path

from tests.bench.machine import ROOT
from tests.bench.parts import MEASURES, read

TEMPLATES = Path(__file__).with_name("pages")
DOCS = ROOT / "docs"
UNMEASURED = "*Not measured yet: `uv run python -m tests.bench --only {}`.*"
PLACE = re.compile(r"\{\{(\w+)(?: (\w+)(?: ([^{}]+))?)?\}\}")


def number(value):
    """Three digits, thousands apart, no exponents."""
    return f"{float(f'{value:.3g}'):,.0f}" if abs(value) >= 100 else f"{float(f'{value:.3g}'):.6g}"


def measured(figure):
    """A median with its unit."""
    return f"{number(figure.median)} {figure.unit}".strip()


def spread(figure):
    """Lowest and highest, as far as they are known."""
    if figure.n == 1 or figure.high is None:
        return ""
    return f"{number(figure.low)}-{number(figure.high)}" if figure.low is not None else f"to {number(figure.high)}"


def named(figure):
    """What a figure is of."""
    return ": ".join(filter(None, (figure.what, figure.measure)))


def verdict(figure):
    """The goal and what became of it; nothing where there is none."""
    if figure.goal is None:
        return ""
    asked = (("at most", figure.goal.most), ("at least", figure.goal.least))
    bounds = " and ".join(f"{word} {bound:g} {figure.unit}".strip() for word, bound in asked if bound is not None)
    return f"{bounds}: {'met' if figure.goal.met(figure.median) else '**not met**'}"


HEADS = ["what", "median", "from-to", "n", "goal"]


def told(figure):
    """A figure's cells under these heads."""
    return [named(figure), measured(figure), spread(figure), str(figure.n), verdict(figure)]


def rows(heads, lines):
    """A table."""
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (heads, ["---"] * len(heads), *lines))


def processes(figures):
    """A row a process, a column a measure."""
    made = {}
    for figure in figures:
        made.setdefault(figure.what, {})[figure.measure] = f"{measured(figure)} ({spread(figure)})".removesuffix(" ()")
    counts = {figure.what: str(figure.n) for figure in figures}
    lines = [[what, *(cells.get(name, "") for name in MEASURES), counts[what]] for what, cells in made.items()]
    return rows(["process", *MEASURES, "n"], lines)


def single(figures):
    """A row a figure."""
    return rows(HEADS, [told(each) for each in figures])


class Page:
    """A page of a template; it tells of the parts whose tables the template asks for."""

    def __init__(self, template, parts):
        self._template = template
        self.wanted = dict.fromkeys(name for kind, name, _ in PLACE.findall(template) if kind == "table")
        self.parts = {name: parts[name] for name in self.wanted if name in parts}

    def made(self):
        """The template with every place filled; a place that is not known fails."""
        return PLACE.sub(self._filled, self._template)

    def _filled(self, found):
        kind, *names = filter(None, found.groups())
        if names and names[0] in self.wanted.keys() - self.parts.keys():
            return UNMEASURED.format(names[0]) if kind == "about" else "..."
        return getattr(self, f"_{kind}")(*names)

    def _goals(self):
        lines = [
            [", ".join(filter(None, (part.name, each.group))), *told(each), part.about["measured"]]
            for part in self.parts.values() for each in part.figures if each.goal
        ]  # fmt: skip
        return rows(["part", *HEADS, "measured"], lines)

    def _about(self, name):
        about, carried = self.parts[name].about, self.parts[name].carried
        packages = ", ".join(f"{package} {number}" for package, number in about.get("versions", {}).items())
        words = (
            f"Measured on {about['measured']}", f"at commit `{about['commit']}`" if "commit" in about else "",
            f"on {about['processor']}", about["system"], f"Python {about['python']}", packages,
            f"load average {about['load']}" if "load" in about else "",
        )  # fmt: skip
        return f"*{', '.join(filter(None, words))}.{f' {carried}' if carried else ''}*"

    def _table(self, name, group=""):
        chosen = [each for each in self.parts[name].figures if each.group == group]
        if not chosen:
            raise LookupError(f"{name} has no figures in group {group!r}")
        plain = [each for each in chosen if each.goal or not each.measure]
        tables = (processes([each for each in chosen if each.measure]), single(plain))
        return "\n\n".join(table for table in tables if table.count("\n") > 1)

    def _figure(self, name, wanted):
        what, _, measure = wanted.partition(" | ")
        return measured(self.parts[name].find(what, measure))

    def _note(self, name, wanted):
        return self.parts[name].notes[wanted]


def rendered(templates=TEMPLATES, parts=None):
    """The text of each page by its name; a part that no page has a table of fails."""
    parts = read() if parts is None else parts
    pages = {path.stem: Page(path.read_text(), parts) for path in sorted(templates.glob("*.md"))}
    if unused := set(parts).difference(*(page.parts for page in pages.values())):
        raise LookupError(f"no page has a table of {', '.join(sorted(unused))}")
    return {name: page.made() for name, page in pages.items()}


def write():
    """Write the pages."""
    for name, text in rendered().items():
        (DOCS / f"{name}.md").write_text(text)
