"""The command `allusr` with its imports behind it: a process that has them is forked for each command line.

The fork is a process of the command like any other, and is killed like any. It takes a line for each, of `arguments`,
`environment` and the files `out` and `err`, answers with the exit code, and ends with its input.
"""

import importlib
import json
import os
import sys

from allusr_sdk.cli import main

HEAVY = (
    "alembic.context", "exchange_calendars", "allusr_sdk.cli.run", "allusr_sdk.cli.planning", "allusr_sdk.cli.summary",
    "allusr_sdk.execution.run", "allusr_sdk.governance", "allusr_sdk.host", "allusr_sdk.market.recording",
    "allusr_sdk.market.synthetic", "allusr_sdk.testing.brokerage",
)  # fmt: skip


def serve():
    """Answer until the input ends; a fork leaves with what it is to become."""
    for line in sys.stdin:
        child = os.fork()
        if not child:
            return json.loads(line)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
    sys.exit()


def become(arguments, environment, out, err):
    """Have a command line's own words, environment and files."""
    for number, (name, flags) in enumerate(((os.devnull, os.O_RDONLY), (out, os.O_WRONLY), (err, os.O_WRONLY))):
        os.dup2(os.open(name, flags | os.O_CREAT), number)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["allusr", *arguments]


if __name__ == "__main__":
    for module in HEAVY:
        importlib.import_module(module)
    become(**serve())
    main()
