"""Paper runs in processes of their own that are killed on the way and started again."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from random import Random

from attrs import frozen

from allusr_sdk.ledger import open_ledger
from allusr_sdk.ledger.verify import verify

KILLER = Path(__file__).with_name("killer.py")
ALLUSR = Path(sys.executable).with_name("allusr")
PLUGINS = f"gen_acc,rev_acc,com_acc,protocol,{KILLER}"


@frozen
class Account:
    """A paper run over the synthetic market in a home of its own."""

    home: Path
    first: str
    last: str
    seed: int

    def start(self, *, kill_at=0, kill_after=0.0):
        """Start, or start again; returns the finished process, killed or not."""
        command = [
            ALLUSR, "run", "--plugins", PLUGINS, "--mode", "paper", "--from", self.first, "--to", self.last,
            "--seed", str(self.seed), "--json", "--home", self.home,
        ]  # fmt: skip
        env = {**os.environ, "ALLUSR_KILL_AT": str(kill_at), "ALLUSR_KILL_AFTER": str(kill_after)}
        return subprocess.run([str(part) for part in command], env=env, capture_output=True, text=True, check=False)

    def told(self, **kill):
        """Start it and let it end; what `--json` says."""
        done = self.start(**kill)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def journal(self):
        """Everything that its one run holds: number, hash and kind of each entry; the ledger is verified as well."""
        with open_ledger(self.home, create=False) as ledger:
            (listed,) = ledger.runs()
            run = ledger.run(listed.id)
            assert verify(run).bad is None
            return [(entry.seq, entry.hash, entry.kind, entry.state) for entry in run.entries()]

    def restarts(self):
        """How often it went on after a stop."""
        with open_ledger(self.home, create=False) as ledger:
            chain = ledger.chain("restarts")
            return 0 if chain is None else len(list(chain.entries()))


def killed(account, kills, entries, seed):
    """Start an account again and again, each start killed at a random instant, until so many kills; then let it end."""
    random, done = Random(seed), 0
    while done < kills:
        # a start lives through at most a session again, so nine in ten kills lie behind what stands already
        process = account.start(
            kill_at=random.randint(1, 1 + 2 * entries // kills), kill_after=random.choice((0, 0.004))
        )
        if process.returncode != -signal.SIGKILL:
            assert process.returncode == 0, process.stderr
            return done
        done += 1
    account.told()
    return done
