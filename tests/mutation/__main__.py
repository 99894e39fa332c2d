"""`uv run --with mutmut==3.8.1 python -m tests.mutation FILE...`: what no test would notice if it were changed.

FILE is a file or folder of the package (`kernel/sizing.py`, or `ledger` for all of it). A run that is stopped goes on
where it was. Ends with 0 where tests notice every change but those that files in tests/mutation/equivalent explain.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.mutation.judging import DOUBTED
from tests.mutation.making import PACKAGE, ROOT, Refused, alone, copied, files, mutated, stamp, typed
from tests.mutation.mutants import ARGUMENTS, OPERATORS, Mutant
from tests.mutation.results import OPEN, SURVIVED, Results, pasted, told

WORK = ROOT / "build" / "mutation"
_PYTEST = ("-q", "-s", "-n", "0", "--tb=no", "--assert=plain", "--timeout=0",
           "-k", "not postgresql", "-p", "no:cacheprovider", "-p", "no:benchmark",
           "-p", "tests.mutation.quick", "-p", "tests.mutation.judging")  # fmt: skip
_BESIDE = {"ledger": ("tax",)}  # the ledger's lines of a tax year are told apart there
_SHARED = {"ALLUSR_DATA": "data", "ALLUSR_VECTORS": "vectors"}


def arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("files", nargs="+", metavar="FILE", help="kernel/sizing.py, or ledger for all of its files")
    parser.add_argument("--only", choices=(OPERATORS, ARGUMENTS), help="changes of one kind; both if left out")
    parser.add_argument("--tests", nargs="+", metavar="PATH", help="tests/kernel for kernel's, and so on, if left out")
    parser.add_argument("--seconds", type=float, default=3.0, help="of tests, before any mutant is put to all of them")
    parser.add_argument("--work", type=Path, default=WORK, help="where the copy and the results are kept")
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> int:
    """Make mutants, have them judged, and tell."""
    given = arguments(words)
    only = (given.only,) if given.only else (OPERATORS, ARGUMENTS)
    given.work = given.work.resolve()
    try:
        with alone(given.work):
            tree = copied(given.work)
            results = Results(given.work / "results.jsonl", stamp(tree, PACKAGE, "tests", "plugins"))
            mutants = typed(tree, mutated(tree, files(tree, given.files)), given.work / "mypy")
            stopped = judge(given, tree, [mutant for mutant in mutants if mutant.kind in only], results)
    except Refused as error:
        print(error, file=sys.stderr)
        return 2
    lines, fine = told(mutants, only, results)
    print("\n".join(lines))
    known = results.known(mutants)
    survived = [m for m in mutants if m.kind in only and results.verdict(m, known) == SURVIVED]
    (given.work / "survived.toml").write_text(pasted(survived), "utf-8")
    return 0 if fine and not stopped else 1


def judge(given: argparse.Namespace, tree: Path, mutants: Sequence[Mutant], results: Results) -> bool:
    """Have mutants judged that are not yet; whether that was stopped.

    Raises:
        Refused: pytest could not do it, or a control failed.
    """
    known, tests = results.known(mutants), given.tests or _matching(tree, mutants)
    new = [mutant for mutant in mutants if mutant.name not in known]
    half = [mutant.name for mutant in mutants if mutant.name in known and results.verdict(mutant, known) == OPEN]
    if not new and not half:
        return False
    what = repr((results.tree, sorted({mutant.file for mutant in mutants}), tests)).encode()
    asked = {
        "quick": [mutant.name for mutant in new], "whole": half, "seconds": given.seconds,
        "equivalent": [mutant.name for mutant in mutants if results.why(mutant)],
        "stamps": {mutant.name: {"file": mutant.stamp, "tree": results.tree} for mutant in mutants},
        "calls": str(given.work / f"calls-{hashlib.sha256(what).hexdigest()[:16]}.json"), "results": str(results.place),
    }  # fmt: skip
    order = given.work / "asked.json"
    order.write_text(json.dumps(asked), "utf-8")
    line = (
        sys.executable,
        "-m",
        "pytest",
        "--rootdir",
        tree,
        "-c",
        tree / "pyproject.toml",
        *_PYTEST,
        "--mutants",
        order,
        *tests,
    )
    with (given.work / "pytest.log").open("w") as log:
        try:
            code = subprocess.run(line, cwd=tree, env=_environment(tree), stdout=log, check=False).returncode
        except KeyboardInterrupt:
            return True
    if code == DOUBTED:
        sys.exit(2)
    if code:
        raise Refused(f"the tests could not judge: see {log.name}")
    return False


def _matching(tree: Path, mutants: Sequence[Mutant]) -> list[str]:
    rooms = dict.fromkeys(mutant.file.partition("/")[0] for mutant in mutants)
    folders = (f"tests/{folder}" for room in rooms for folder in (room, *_BESIDE.get(room, ())))
    return [folder for folder in folders if (tree / folder).is_dir()]


def _environment(tree: Path) -> dict[str, str]:
    """Python finds the copy before the package that is installed, and tests find the shared folder beside the tree."""
    shared = {name: str(ROOT.parent / "shared" / folder) for name, folder in _SHARED.items()}
    return shared | dict(os.environ) | {"PYTHONPATH": str(tree), "PYTHONHASHSEED": "0"}


if __name__ == "__main__":
    sys.exit(main())
