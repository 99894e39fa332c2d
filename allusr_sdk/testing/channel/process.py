"""`Process`: a test process that is started, killed, started again and ended, its state in a folder."""

import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self


class Process:
    """A module that is run with a state file, a file for its ports and options, and says when it listens.

    Args:
        module: what is run by `python -m`.
        folder: keeps state and ports.
        name: of the files in it.
        options: of the process, as `fills="never"`; what is True is given by its name alone.

    Attributes:
        place: file with the ports.
    """

    def __init__(self, module: str, folder: Path, name: str, options: dict[str, str | int | float | Path]) -> None:
        self._module, self._folder, self._name, self._options = module, folder, name, options
        self._process: subprocess.Popen[str] | None = None
        self.place: Path = folder / f"{name}.ports"

    def start(self) -> Self:
        """Start it, or again after a `kill` or `stop` with its state as it was; back when it listens.

        Raises:
            RuntimeError: it ended at once, and what it said.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        state, errors = self._folder / f"{self._name}.json", self._folder / f"{self._name}.err"
        command = [sys.executable, "-m", self._module, f"--state={state}", f"--place={self.place}", *self._told()]
        with errors.open("ab") as said:
            self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, text=True)
        if self._process.stdout is None or not self._process.stdout.readline():
            self.kill()
            raise RuntimeError(f"the {self._name} process did not start: {errors.read_text()}")
        return self

    def kill(self) -> None:
        """SIGKILL, as a machine dies."""
        if self._process is not None:
            self._process.kill()
            self._gone(self._process)

    def wait(self, seconds: float = 10.0) -> int:
        """The exit code, once it has ended by itself. Raises `subprocess.TimeoutExpired`."""
        if self._process is None:
            return 0
        code = self._process.wait(seconds)
        self._gone(self._process)
        return code

    def close(self) -> None:
        """Let connections go that a test holds to it."""

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        self.close()

    def _told(self) -> list[str]:
        named = ((name.replace("_", "-"), value) for name, value in self._options.items())
        return [f"--{name}" if value is True else f"--{name}={value}" for name, value in named]

    def _gone(self, process: "subprocess.Popen[str]") -> None:
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
        self._process = None
        self._parted()

    def _parted(self) -> None:
        """The process is gone: what was connected to it must connect anew."""
