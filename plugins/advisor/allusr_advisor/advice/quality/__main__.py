"""Measure, print the page and write it: ``python -m allusr_advisor.advice.quality FOLDER [PAGE]``."""

import sys
from pathlib import Path

from allusr_advisor.advice.basis import one_thread
from allusr_advisor.advice.quality.data import load
from allusr_advisor.advice.quality.page import page
from allusr_sdk.errors import InputError

PAGE = Path("docs/advice-quality.md")


def main(arguments: list[str]) -> int:
    """Write the page from a data folder; 2 where that cannot be read or the page's folder is not there."""
    if not 1 <= len(arguments) <= 2:
        print("usage: python -m allusr_advisor.advice.quality FOLDER [PAGE]", file=sys.stderr)
        return 2
    out = Path(arguments[1]) if arguments[1:] else PAGE
    try:
        if not out.parent.is_dir():
            raise InputError(f"{out}: its folder does not exist; run from the project's root or name a page")
        with one_thread():
            text = page(load(Path(arguments[0])))
    except InputError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    out.write_text(text)
    print(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
