"""The account's switch follows its open breaks (KS-6, RECON)."""

import pytest
from attrs import evolve

from allusr_sdk.kernel.freezes import switched
from allusr_sdk.model.breaks import Break
from tests.builders import AT, account, books


def rows(stands, *actions):
    """The rows of a book in which the switch stands somewhere and breaks are open."""
    about = {"code": "B09", "symbol": "", "what": "cash", "ours": "1", "theirs": "2", "cause": "", "opened": AT}
    found = [Break(**about, subject=f"cash{n}", action=action) for n, action in enumerate(actions)]
    book = account(books(), breaks={one.name: one for one in found})
    moved = switched(evolve(book, switches={"BREAK": stands} if stands else {}))
    return [(e.ledger, e.cause, e.before, e.after, e.rule, e.source, e.reason) for e in moved]


@pytest.mark.parametrize(("stands", "actions", "expected"), [
    ("", (), []),
    ("", ("SYMBOL",), []),
    ("", ("CANCEL", "ACCOUNT"), [("NONE", "SAFE", "B09 cash1")]),
    ("SAFE", ("ACCOUNT", "ACCOUNT"), []),
    ("HALT", ("ACCOUNT",), []),
    ("FREEZE", ("ACCOUNT", "ACCOUNT"), [("FREEZE", "SAFE", "B09 cash0; B09 cash1")]),
    ("SAFE", ("SYMBOL",), [("SAFE", "NONE", "no break of the account is open")]),
])  # fmt: skip
def test_the_account_is_safe_while_a_break_of_its_own_is_open_and_no_longer(stands, actions, expected):
    assert rows(stands, *actions) == [
        ("", "BREAK", before, after, "KS-6 RECON", "reconciliation", reason) for before, after, reason in expected
    ]
