"""The command line: `allusr`. One file a group of commands; what is heavy is imported by the command that needs it."""

import sys


def main() -> None:
    """Run `allusr` with the arguments of this process and exit with its code."""
    from allusr_sdk.cli.entry import invoke

    sys.exit(invoke(sys.argv[1:]))
