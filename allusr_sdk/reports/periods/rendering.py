"""One set of facts in each form: JSON, CSV, a page, and the page printed."""

from collections.abc import Callable, Mapping
from functools import partial

from allusr_sdk.errors import InputError
from allusr_sdk.reports.periods import interactive
from allusr_sdk.reports.periods.page import page
from allusr_sdk.reports.periods.plain import csv_text, json_text
from allusr_sdk.reports.periods.static import pictured
from allusr_sdk.reports.periods.values import PeriodFacts


def rendered(facts: PeriodFacts, form: str, *, beside: bool = False) -> bytes:
    """A report in a form, as it is written to a file.

    Args:
        facts: what it is of.
        form: one of `forms.FORMATS`.
        beside: whether plotly's script lies beside the page, as `interactive.SCRIPT`; else the page has it in it.

    Raises:
        InputError: the extra `reports` is not installed, or a library that it needs.
    """
    return _FORMS[form](facts, beside)


def _html(facts: PeriodFacts, beside: bool) -> bytes:
    element = f'<script src="{interactive.SCRIPT}"></script>' if beside else f"<script>{interactive.script()}</script>"
    return page(facts, interactive.drawn, element).encode()


def _pdf(facts: PeriodFacts, beside: bool) -> bytes:
    try:
        from weasyprint import HTML
    except (ImportError, OSError) as why:
        raise InputError(f"--format pdf needs weasyprint and pango: install allusr-sdk[reports] ({why})") from None
    text = page(facts, pictured, "", printed=True)
    return bytes(HTML(string=text, url_fetcher=_nothing).write_pdf())


def _nothing(url: str, *args: object, **more: object) -> dict[str, object]:
    raise ValueError(f"a report fetches nothing: {url}")


def _text(write: Callable[[PeriodFacts], str], facts: PeriodFacts, beside: bool) -> bytes:
    return write(facts).encode()


_FORMS: Mapping[str, Callable[[PeriodFacts, bool], bytes]] = {
    "html": _html, "pdf": _pdf, "json": partial(_text, json_text), "csv": partial(_text, csv_text),
}  # fmt: skip
