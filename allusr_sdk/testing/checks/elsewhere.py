"""The same walk in a process of its own: `python -m allusr_sdk.testing.checks.elsewhere`, told by JSON on its input."""

import importlib
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from allusr_sdk.testing.checks.subject import Subject, subjects
from allusr_sdk.testing.checks.trial import Lab

Process = subprocess.Popen[bytes]
_LONGEST = 300


def place(subject: Subject) -> dict[str, object] | None:
    """Where another process finds the class; None for one that is made inside a function."""
    module, name = subject.cls.__module__, subject.cls.__qualname__
    file = getattr(sys.modules.get(module), "__file__", None)
    if "<locals>" in name or file is None:
        return None
    about = {"module": module, "file": str(Path(file).resolve()), "name": name, "kind": subject.kind}
    return {**about, "settings": json.loads(json.dumps(dict(subject.settings), default=str))}


def start(place: Mapping[str, object], scenario: str, seed: int, hash_seed: str) -> Process:
    """Begin the walk in another process; it runs beside this one until `told` waits for it."""
    path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)
    environment, pipe = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": path}, subprocess.PIPE
    process = subprocess.Popen([sys.executable, "-m", __name__], env=environment, stdin=pipe, stdout=pipe, stderr=pipe)
    assert process.stdin is not None
    process.stdin.write(json.dumps({**place, "scenario": scenario, "seed": seed}).encode())
    process.stdin.close()
    process.stdin = None
    return process


def told(process: Process) -> str:
    """What a process says in the end: the walk's digest, or its last line on an error."""
    out, err = process.communicate(timeout=_LONGEST)
    last = err.decode(errors="replace").strip().splitlines()[-1:]
    return out.decode().strip() if not process.returncode else f"it ended with: {''.join(last)}"


def _found(given: dict[str, Any]) -> object:
    try:
        module = importlib.import_module(given["module"])
    except ImportError:
        spec = importlib.util.spec_from_file_location(given["module"], given["file"])
        assert spec is not None
        assert spec.loader is not None
        module = sys.modules[given["module"]] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    found: object = module
    for part in str(given["name"]).split("."):
        found = getattr(found, part)
    return found


def main() -> None:
    """Read what to walk, and print its digest."""
    given = json.load(sys.stdin)
    lab = Lab(subjects(_found(given), settings=given["settings"], kind=given["kind"])[0], given["seed"])
    print(lab.walk(lab.market(given["scenario"])).fingerprint)


if __name__ == "__main__":
    main()
