"""From arguments to an exit code: every error ends as one line on stderr."""

import os
import re
import sys
from collections.abc import Sequence
from typing import cast

import typer
import typer.main

from allusr_sdk.errors import AllusrError

# What click raises for a wrong command line. typer carries its own click or uses the installed one, by its version.
_USAGE = cast("type[typer.BadParameter]", typer.BadParameter.__mro__[1])
_ANY = cast("type[typer.BadParameter]", typer.BadParameter.__mro__[2])

_WORDS = (  # what typer says of a wrong command line, and the same in ours
    (r"Invalid value for '?([^':]+)'?: (?:Value error, )?(.+)", r"\1: \2"),
    (r"(.+): Input should be a valid integer.*", r"\1: expected a whole number"),
    (r"(.+): Input should be a valid number.*", r"\1: expected a number"),
    (r"(.+): Input should be greater than or equal to (.+)", r"\1: give \2 or more"),
    (r"(.+): Input should be less than or equal to (.+)", r"\1: give \2 or less"),
    (r"(.+ is not one of .+)\.", r"\1"),
    (r"Missing (?:option|argument) '([^']+)'\.?\s*Choose from:\s*(.+)", r"\1 is missing: give \2"),
    (r"Missing (?:option|argument) '([^']+)'\.?(.*)", r"\1 is missing\2"),
    (r"Got unexpected extra arguments?(?:\(s\))? \((.+)\)", r"\1: too much, nothing is expected there"),
    (r"No such option: (\S+) \(Possible options: (.+)\)", r"\1: no such option; did you mean \2?"),
    (r"No such option: (\S+?)\.? Did you mean (.+)", r"\1: no such option; did you mean \2"),
    (r"No such option: (\S+)", r"\1: no such option"),
    (r"Option '([^']+)' requires (.+)\.", r"\1: it takes \2"),
)

_INTERRUPTED = 130  # what newer versions of typer make of an interrupt


def invoke(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code (0 done, 2 bad input, 3 refused by state, 4 a break, 1 else)."""
    try:
        code = _run(arguments)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        _unread()
        return 1
    except (KeyboardInterrupt, typer.Abort):
        return _complain("interrupted: the journal holds what was done until then", 1)
    except AllusrError as error:
        return _complain(str(error), error.exit_code)
    except _USAGE as error:
        command = error.ctx.command_path if error.ctx else _named(arguments)
        return _complain(f"{_plain(error.format_message())} (see `{command} --help`)", error.exit_code)
    except _ANY as error:
        return _complain(error.format_message(), error.exit_code)
    except Exception as error:  # the boundary: whatever is left becomes one line
        if os.environ.get("ALLUSR_DEBUG"):
            raise
        where = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        return _complain(f"unexpected {where}; with ALLUSR_DEBUG=1 it tells where", 1)


def _plain(said: str) -> str:
    """What typer says, in the words of this project's own refusals."""
    for pattern, words in _WORDS:
        if match := re.fullmatch(pattern, said, re.DOTALL):
            said = match.expand(words)
    return said


def _named(arguments: Sequence[str]) -> str:
    """The command of a line that was not understood so far that typer knows its own."""
    named = next((word for word in arguments if not word.startswith("-")), "")
    return f"allusr {named}".strip()


def _run(arguments: Sequence[str]) -> int:
    from allusr_sdk.cli.added import added
    from allusr_sdk.cli.app import app

    command = typer.main.get_command(added(app, arguments))
    try:
        found = command.main(list(arguments), prog_name="allusr", standalone_mode=False)
    except typer.Exit as leaving:
        found = leaving.exit_code
    if found == _INTERRUPTED:
        raise KeyboardInterrupt
    return found if isinstance(found, int) else 0


def _complain(text: str, code: int) -> int:
    from allusr_sdk.settings.secrets import veiled

    line = " ".join(veiled(text).split())
    try:
        sys.stdout.flush()  # in one pipe with stderr, what was printed before the error stands before it
    except BrokenPipeError:
        _unread()
    print(f"error: {line}", file=sys.stderr)
    return code


def _unread() -> None:
    """Nobody reads stdout any more: what is left of it goes nowhere, and Python does not complain at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
