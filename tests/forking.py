"""Command lines in forks of a process that has the imports behind it: each is a process of its own, without its start.

The process is a module that imports, and then does `become(**serve())` and its work. It takes a line for each command
line, of `arguments`, `environment` and the files `out` and `err`, answers with the exit code, and ends with its input.
"""

import atexit
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory


def forked(arguments, given=None, *, of="tests.crash.warm"):
    """Wait for a command line in a fork of a module's process; returns the finished process, killed or not.

    `given` is added to the environment; None takes a name out of it.
    """
    with TemporaryDirectory() as folder:
        out, err = Path(folder) / "out", Path(folder) / "err"
        environment = {name: value for name, value in (os.environ | (given or {})).items() if value is not None}
        asked = {"arguments": arguments, "environment": environment, "out": str(out), "err": str(err)}
        process = _warm(of)
        print(json.dumps(asked), file=process.stdin, flush=True)
        code = int(process.stdout.readline())
        return subprocess.CompletedProcess(arguments, code, out.read_text(), err.read_text())


@cache
def _warm(module):
    command = [sys.executable, "-P", "-m", module]
    alone = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system"}
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=alone)
    atexit.register(process.communicate)
    return process


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
