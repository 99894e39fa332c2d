"""The command line: `allusr`. One file a group of commands; what is heavy is imported by the command that needs it."""

import gc
import sys
import warnings
from typing import TextIO


def main() -> None:
    """Run `allusr` with the arguments of this process and exit with its code."""
    gc.set_threshold(50_000, 20, 50)  # a command makes much, imports included, and drops little of it before it ends
    from allusr_sdk._deprecations import AllusrRemovedWarning
    from allusr_sdk.cli.entry import invoke

    if not sys.warnoptions:  # what goes away is told to operators too, whom Python spares its deprecations
        warnings.simplefilter("default", AllusrRemovedWarning)
        warnings.showwarning = _told
    sys.exit(invoke(sys.argv[1:]))


def _told(
    message: Warning | str, category: type[Warning], filename: str, lineno: int, file: TextIO | None = None,
    line: str | None = None,
) -> None:  # fmt: skip
    print(f"warning: {message}", file=sys.stderr)
