"""Peers, each in an environment of its own: made once by uv in the bench's folder, every version pinned."""

import shutil
import subprocess

from tests.bench.machine import ROOT

PINNED = {
    "optopsy": ("optopsy==2.3.0", "pandas==3.1.1", "numpy==2.5.5", "pyarrow==26.0.1"),
    "lumibot": ("lumibot==4.6.30", "pandas==2.3.3", "numpy==2.4.6", "pyarrow==26.0.1"),
}


def python(name, folder):
    """The interpreter of a peer's environment, which is made if it is not there or pins something else."""
    place, pins = folder / "peers" / name, "\n".join(PINNED[name])
    stamp, interpreter = place / "pinned.txt", place / "bin" / "python"
    if not (stamp.exists() and stamp.read_text() == pins):
        shutil.rmtree(place, ignore_errors=True)
        _uv("venv", "--python", "3.12", place)
        _uv("pip", "install", "--python", interpreter, *PINNED[name])
        stamp.write_text(pins)
    return interpreter


def _uv(*arguments):
    subprocess.run(["uv", "--quiet", *map(str, arguments)], cwd=ROOT, check=True)
