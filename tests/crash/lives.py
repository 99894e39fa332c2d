"""Paper runs in processes of their own that are killed on the way and started again."""

import json
import signal
import sys
from datetime import date
from pathlib import Path

from attrs import frozen

from allusr_sdk.ledger import open_ledger
from allusr_sdk.ledger.verify import verify
from tests.forking import forked

KILLER, REAPER = (Path(__file__).with_name(f"{name}.py") for name in ("killer", "reaper"))
ALLUSR = Path(sys.executable).with_name("allusr")
PLUGINS = f"gen_acc,rev_acc,com_acc,protocol,{KILLER}"


def start(home, *options, kill_at=0, kill_after=0.0, reap=(), reaped="", env=None):
    """Start a paper run in a process of its own and wait for its end, or its kill; returns the finished process.

    It must have `killer` or `reaper` among its plugins to be killed.
    """
    command = ["run", "--mode", "paper", "--json", "--home", home, *options]
    given = {
        "ALLUSR_KILL_AT": kill_at, "ALLUSR_KILL_AFTER": kill_after, "ALLUSR_REAP": ";".join(reap),
        "ALLUSR_REAPED": reaped, **(env or {}),
    }  # fmt: skip
    return forked([str(part) for part in command], {name: str(value) for name, value in given.items()})


@frozen
class Account:
    """A paper run in a home of its own; `options` say what runs, the synthetic market where they do not say another."""

    home: Path
    first: date | str
    last: date | str
    seed: int
    options: tuple[str, ...] = ("--plugins", PLUGINS)

    def start(self, **kill):
        """Start, or start again; returns the finished process, killed or not."""
        period = ("--from", self.first, "--to", self.last)
        return start(self.home, *self.options, *period, "--seed", self.seed, **kill)

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


def ended(home):
    """Whether the newest run of a home came to its end, even where its process was killed behind that."""
    with open_ledger(home, create=False) as ledger:
        return any(ledger.latest().entries(kind="RunEnded"))


def killed(account, kills, entries, random):
    """Start an account again and again, each start killed at a random instant, until so many cut it short or it ended.

    It has ended when this returns how many did: there may be fewer, as a kill may come behind the end.
    """
    done = 0
    while done < kills:
        at, after = instant(kills, entries, random), random.choice((0, 0.004))
        process = account.start(kill_at=at, kill_after=after)
        assert process.returncode in (0, -signal.SIGKILL), process.stderr
        if ended(account.home):
            return done
        done += 1
    account.told()
    return done


def instant(kills, entries, random):
    """Number of the event at which to kill one of so many lives.

    A start lives through at most a session again, so nine in ten kills of many lie behind what stands already. One that
    is killed once or twice is killed within its first life.
    """
    return random.randint(1, 2 * entries // max(kills, 2))


def rounds(kills, folder, play):
    """Play rounds, each in a folder of its own and told how many kills are left, until they have cut so many short."""
    for number in range(kills + 3):  # hardly any has none
        kills -= play(folder / f"round{number}", kills)
        if kills <= 0:
            return
    raise AssertionError(f"{kills} kills are left")
