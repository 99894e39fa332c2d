"""`Golden`: journals kept beside a test, with which a run is compared."""

from difflib import unified_diff
from pathlib import Path

from attrs import frozen

from allusr_sdk.testing.played import Played

_MOST = 60


@frozen
class Golden:
    """Golden journals of one folder; with `update` they are written anew instead of compared."""

    folder: Path
    update: bool = False

    def matches(self, played: Played, name: str) -> bool:
        """Whether a run's journal is the one kept as `NAME.txt`.

        Raises:
            AssertionError: it is not, with what differs; or nothing is kept yet, with how to make it.
        """
        file = self.folder / f"{name}.txt"
        text = f"{played.journal}\n"
        if self.update:
            self.folder.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
            return True
        if not file.is_file():
            raise AssertionError(f"no golden journal {_shown(file)}: make it with pytest --allusr-update, then read it")
        kept = file.read_text("utf-8")
        if kept != text:
            raise AssertionError(_differing(kept, text, file))
        return True


def _differing(kept: str, text: str, file: Path) -> str:
    name = _shown(file)
    lines = list(unified_diff(kept.splitlines(), text.splitlines(), f"{name} (kept)", "this run", lineterm="", n=1))
    rest = [f"... and {len(lines) - _MOST} more lines"] if len(lines) > _MOST else []
    heading = f"the journal differs from {name}; if that is meant: pytest --allusr-update, and read the diff"
    return "\n".join([heading, *lines[:_MOST], *rest])


def _shown(file: Path) -> str:
    return f"{file.parent.name}/{file.name}"
