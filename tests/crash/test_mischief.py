"""Whatever a broker does between two questions, and wherever the engine dies: in the end books and broker are the same.

Each seed is an account whose engines die at drawn questions, while at drawn questions something happens at the broker.
The last engine lives over a broker that behaves again. A thousand seeds, from another one on, by

    ALLUSR_KILL_SEED=2000 ALLUSR_MISCHIEF=1000 uv run pytest tests/crash/test_mischief.py
"""

import os
from contextlib import suppress
from decimal import Decimal
from random import Random

import pytest
from attrs import define

from allusr_sdk.errors import InputError
from allusr_sdk.testing.brokerage import Rules
from tests.builders import FRIDAY, moment
from tests.crash.brokered import Brokered, Dead, calm_week, writer

SEED = int(os.environ.get("ALLUSR_KILL_SEED", "1"))
SEEDS = int(os.environ.get("ALLUSR_MISCHIEF", "12"))


# --- what happens at a broker --------------------------------------------------------------------------------------


def _fill(hand, random):
    order = random.choice([order for order in hand.orders() if order.working])
    hand.fill(order.ticket.reference, random.choice((1, None)))


def _lose(hand, random):
    hand.lose(random.choice([order for order in hand.orders() if order.working]).ticket.reference)


def _correct(hand, random):
    told = random.choice([told for told in hand.look().executions if told.reference])
    cents = Decimal(random.choice((-1, 1))) / 100
    hand.correct(told.id, **random.choice(({"price": told.price + cents}, {"fee": (told.fee or 0) + Decimal("0.10")})))


def _assign(hand, random):
    """Nobody is assigned while a market is open."""
    if hand.look().at > moment(clock="16:00"):
        put = random.choice([held.instrument for held in hand.look().holdings if held.quantity < 0])
        hand.assign(put, 1, with_executions=random.random() < 0.5)


def _play(hand, random):
    hand.play(Rules(fills=random.choice(("touch", "seeded", "never")), partial=random.choice((0, 1))))


DEEDS = (
    _fill, _fill, _fill, _lose, _correct, _correct, _assign, _play,
    lambda hand, random: hand.late(random.choice(hand.look().executions).id),
    lambda hand, random: hand.refuse_cancels(random.randint(1, 5)),
    lambda hand, random: hand.race(),
    lambda hand, random: hand.lose_next_ack(),
    lambda hand, random: hand.lose_next_order(),
    lambda hand, random: hand.reject_next(),
    lambda hand, random: hand.duplicate_next(random.randint(1, 3)),
    lambda hand, random: hand.hold_news(hide=random.random() < 0.5),
    lambda hand, random: hand.release_news(),
    lambda hand, random: hand.hold_acks(),
    lambda hand, random: hand.release_acks(),
    lambda hand, random: hand.silent(),
    lambda hand, random: hand.silent(False),
    lambda hand, random: hand.silent(False),
)  # fmt: skip
"""What cannot be done then is not done: an `InputError`, or nothing there to choose from."""


def behaves(hand):
    """From now on the broker answers, tells what it kept back, and plays no tricks."""
    hand.silent(False)
    hand.release_acks()
    hand.release_news()
    hand.refuse_cancels(0)
    hand._behave(race=False, reject="", lose_ack="", lose_order=False, duplicate=0)


# --- an engine's life ----------------------------------------------------------------------------------------------


@define
class Troubled:
    """A connection before whose questions something happens, and at whose last one the engine dies."""

    line: object
    hand: object
    random: Random
    deeds: dict
    last: int
    before: bool
    asked: int = 0

    def __getattr__(self, name):
        whole = getattr(self.line, name)

        def called(*given):
            self.asked += 1
            for deed in self.deeds.get(self.asked, ()):
                with suppress(InputError, IndexError):
                    deed(self.hand, self.random)
            if self.before and self.asked == self.last:
                raise Dead
            answer = whole(*given)
            if self.asked == self.last:
                raise Dead
            return answer

        return whole if name == "close" else called


def life(account, random):
    """One engine that dies at one of its first questions, if it asks so many."""
    last, before = random.choice((10, 25, 60)), random.random() < 0.5
    last, deeds = random.randint(1, last), {}
    for _ in range(random.randint(0, 6)):
        deeds.setdefault(random.randint(1, last), []).append(random.choice(DEEDS))
    return account.live(through=lambda line: Troubled(line, account.control, random, deeds, last, before))


def troubled(folder, seed):
    """An account that a seed makes, and what its engines met; whether the last of them still has to come."""
    random = Random(seed)
    shown = {"symbols": ("AAPL", "SPY")} if random.random() < 0.4 else {}
    leaves = moment(clock="10:15") if random.random() < 0.5 else None
    account = Brokered(
        folder, calm_week(**shown), writer(random.choice((1, 2)), leaves=leaves, **shown), near=True,
        fills=random.choice(("touch", "seeded", "never")), partial=random.choice((0, 1)),
    )  # fmt: skip
    prices = {"AAPL": "101.00", "SPY": "101.00"}
    account.control.plan(moment(FRIDAY, "16:00"), "settle", day=FRIDAY, prices=prices)
    return account, not any(life(account, random) for _ in range(random.randint(1, 6)))


@pytest.mark.parametrize("seed", range(SEED, SEED + SEEDS))
def test_after_any_trouble_books_and_broker_are_the_same(tmp_path, seed):
    account, goes_on = troubled(tmp_path, seed)
    account.handed_once()
    if goes_on:
        behaves(account.control)
        assert account.live()
        account.agree()
