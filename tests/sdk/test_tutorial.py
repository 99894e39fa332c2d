"""The tutorial, followed literally: its commands in order, in a clean folder, with an environment of its own."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.blocks import DOCS, ROOT, blocks, edited, exchanges, matches

pytestmark = pytest.mark.timeout(1200)

END = "@@ end of a command"

_NETWORK = re.compile(r"^(?:UV_(?!PROJECT|RUN)|SSL_|PIP_|LANG$|TMPDIR$)|PROXY$", re.I)
"""How a machine reaches its packages, which a reader has set up before."""


class Shell:
    """One bash that the reader types into; it keeps its folder and its environment."""

    def __init__(self, folder: Path, **names: str) -> None:
        self.folder = folder
        self._bash = subprocess.Popen(
            ["bash", "--noprofile", "--norc"], cwd=folder, env=_clean(folder, **names), text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def type(self, command: str) -> tuple[int, str]:
        """Exit code and output of a command."""
        assert self._bash.stdin is not None
        assert self._bash.stdout is not None
        self._bash.stdin.write(f'{command} < /dev/null\nprintf "\\n{END} %s %s\\n" $? "$PWD"\n')
        self._bash.stdin.flush()
        lines: list[str] = []
        for line in self._bash.stdout:
            if line.startswith(END):
                code, place = line.removeprefix(END).split(maxsplit=1)
                self.folder = Path(place.strip())
                return int(code), "".join(lines).strip()
            lines.append(line)
        raise AssertionError(f"the shell ended in {command}:\n{''.join(lines)}")

    def close(self) -> None:
        """End the shell."""
        self._bash.communicate("exit\n", timeout=30)


def _clean(folder: Path, **names: str) -> dict[str, str]:
    """What a new user's shell knows: nothing of this environment but where uv and Python are."""
    tools = folder / "tools"
    tools.mkdir()
    uv = os.environ.get("UV") or shutil.which("uv")
    assert uv, "the tutorial needs uv"
    (tools / "uv").symlink_to(Path(uv).resolve())
    kept = {name: value for name, value in os.environ.items() if _NETWORK.search(name)}
    path = os.pathsep.join([str(tools), f"{sys.base_prefix}/bin", "/usr/local/bin", "/usr/bin", "/bin"])
    return {**kept, "HOME": os.environ["HOME"], "PATH": path, "COLUMNS": "100", **names}


@pytest.fixture
def shell(tmp_path):
    """A shell in a clean folder outside the repository."""
    data = (ROOT / os.environ.get("ALLUSR_DATA", "../shared/data")).resolve()
    opened = Shell(tmp_path, CHECKOUT=str(ROOT), DATA=str(data))
    yield opened
    opened.close()


@pytest.mark.long
def test_the_tutorial_does_what_it_says_word_for_word(shell, tmp_path):
    data = (ROOT / os.environ.get("ALLUSR_DATA", "../shared/data")).resolve()
    assert not tmp_path.is_relative_to(ROOT)
    for block in blocks(DOCS / "tutorial.md"):
        if block.mark("not run") or (block.mark("needs") == "data" and not data.is_dir()):
            continue
        if block.language == "diff":
            file = shell.folder / block.mark("edit")
            file.write_text(edited(file.read_text("utf-8"), block.text), "utf-8")
            continue
        assert block.language == "console", block
        for command, said in exchanges(block.text):
            code, printed = shell.type(command)
            assert code == int(block.mark("ends with") or 0), f"{block}: $ {command} ended with {code}:\n{printed}"
            assert matches(said, printed), f"{block}: $ {command}\nsaid:\n{said}\nprinted:\n{printed}"
