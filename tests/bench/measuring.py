"""Child processes with their own clocks, and rounds of them in turn."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from attrs import field, frozen

from tests.bench.parts import CPU, MEMORY, WALL

HERE = Path(__file__).resolve().parent
# Runs in turn with everything else: how much slower than on an idle machine the figures beside it are.
LOOP = "five million turns of a Python loop"
_LOOP = (sys.executable, "-c", "s = 0\nfor i in range(5_000_000):\n    s += i * i")


def rounds(usual):
    """Rounds of a part: ALLUSR_BENCH_ROUNDS, else as many as are usual for it."""
    return int(os.environ.get("ALLUSR_BENCH_ROUNDS", usual))


def script(name, *arguments, python=sys.executable):
    """The command line of one of the jobs beside this file."""
    return (python, HERE / name, *arguments)


@frozen
class Spent:
    """One child process: seconds by the wall, CPU seconds (its own children's too), peak MB, what it printed."""

    wall: float
    cpu: float
    rss: float
    out: str = field(repr=False)

    def measure(self, name):
        """One of the measures that figures are named by."""
        return {WALL: self.wall, CPU: self.cpu, MEMORY: self.rss}[name]


@frozen
class Children:
    """Runs commands in a folder of the bench, which keeps their bytecode too."""

    folder: Path

    def run(self, *command):
        """Run a command to its end and measure it."""
        scratch = self.folder / "scratch"
        scratch.mkdir(parents=True, exist_ok=True)
        env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        env["PYTHONPYCACHEPREFIX"] = str(self.folder / "bytecode")
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as complaints:
            start = time.perf_counter()
            process = subprocess.Popen(
                [str(c) for c in command], stdin=subprocess.DEVNULL, stdout=out, stderr=complaints, env=env, cwd=scratch
            )
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.perf_counter() - start
            process.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            complaints.seek(0)
            assert process.returncode == 0, complaints.read()[-2000:]
            return Spent(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, out.read())

    def in_turn(self, commands, rounds, *, warm=True):
        """Named commands round by round, so that a busy minute falls on all; a first round is thrown away."""
        commands = {**commands, LOOP: _LOOP}
        spent = {name: [] for name in commands}
        for number in range(rounds + warm):
            for name, command in commands.items():
                done = self.run(*(command() if callable(command) else command))
                if number >= warm:
                    spent[name].append(done)
        return spent
