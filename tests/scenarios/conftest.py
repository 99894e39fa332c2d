"""Scenarios as an operator runs them: `allusr run --scenario NAME`, and the journal that it leaves."""

import io
from contextlib import redirect_stderr, redirect_stdout

import pytest

from allusr_sdk.cli.entry import invoke
from allusr_sdk.ledger import open_ledger
from allusr_sdk.ledger.book import Fold
from allusr_sdk.ledger.verify import verify
from allusr_sdk.model.calendar import NEW_YORK


class Journal:
    """A finished run, with what tests ask of it."""

    def __init__(self, run, out, home):
        self.run, self.out, self.home, self.book = run, out, home, run.book
        self.entries = tuple(run.entries())

    def told(self, kind, **about):
        """Events of a kind in order, narrowed by their fields."""
        return [event for _, event in self.timed(kind, **about)]

    def timed(self, kind, **about):
        """The same with New York times: (``Thu 5 Feb 10:09``, event)."""
        return [
            (_clock(entry.at), entry.event)
            for entry in self.entries
            if entry.kind == kind and all(getattr(entry.event, name) == value for name, value in about.items())
        ]

    def clock(self, entry):
        """New York time of an entry, as ``timed`` gives it."""
        return _clock(entry.at)

    def state_at(self, kind, **about):
        """The machine's state in which events of a kind were written."""
        return {
            e.state for e in self.entries if e.kind == kind and all(getattr(e.event, n) == v for n, v in about.items())
        }

    def around(self, kind):
        """The books before the first and after the last event of a kind, folded from the journal."""
        fold, before, after = Fold(), None, None
        for entry in self.entries:
            before = fold.book if entry.kind == kind and before is None else before
            fold.apply(entry.event, at=entry.at, cycle=entry.cycle)
            after = fold.book if entry.kind == kind else after
        return before, after


def _clock(at):
    local = at.astimezone(NEW_YORK)
    return f"{local:%a} {local.day} {local:%b %H:%M}"


@pytest.fixture(scope="module")
def asked():
    """What a command prints of a journal's home."""

    def ask(journal, *words):
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = invoke([*words, "--home", str(journal.home)])
        assert code == 0, err.getvalue()
        return out.getvalue()

    return ask


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """Plays a scenario once a module and gives its journal; the books of every one are verified."""
    made = {}

    def play(name, *more):
        if (name, *more) not in made:
            home = tmp_path_factory.mktemp("home")
            out, err = io.StringIO(), io.StringIO()
            with redirect_stdout(out), redirect_stderr(err):
                code = invoke(["run", "--scenario", name, *more, "--home", str(home)])
            assert code == 0, err.getvalue()
            ledger = open_ledger(home, create=False)
            ledgers.append(ledger)
            run = ledger.latest()
            assert verify(run).ok
            made[name, *more] = Journal(run, out.getvalue(), home)
        return made[name, *more]

    ledgers = []
    yield play
    for ledger in ledgers:
        ledger.close()
