"""A command of `allusr`, called in this process."""

from attrs import frozen

from allusr_sdk.cli.entry import invoke


@frozen
class Outcome:
    """How a command ended."""

    code: int
    out: str
    err: str


def called(capsys, *words):
    """Call it, and take what it printed since."""
    capsys.readouterr()
    code = invoke([str(word) for word in words])
    printed = capsys.readouterr()
    return Outcome(code, printed.out, printed.err)
