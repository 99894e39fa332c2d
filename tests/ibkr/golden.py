"""Messages of TWS as the reference client reads them, a line each, and the least that a request may have."""

from pathlib import Path

from allusr_sdk.testing.tws.layout import Field, Layout, Rows

GOLDEN = [line.split("\t") for line in (Path(__file__).parent / "golden_178.tsv").read_text().splitlines()]
IDS = [f"{name} {number}" for name, number, *_ in GOLDEN]


def least(layout: Layout) -> list[str]:
    """A request with nothing in it but what must be."""
    kinds = {"text": "", "int": "1", "num": "1.5", "flag": "0"}
    words = []
    for part in layout.parts:
        if isinstance(part, Field):
            words.append(part.default if part.kind == "const" else kinds[part.kind])
        elif isinstance(part, Rows):
            words.append("0")
        elif part.name == "scalePriceIncrement":
            words += [kinds[field.kind] for field in part.parts]
    return words
