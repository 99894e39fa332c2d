"""The test broker in this process: the same house and the same verbs, without a socket: a life takes no time."""

from decimal import Decimal

import msgspec
from attrs import define, field

from allusr_sdk.errors import BrokerSilent
from allusr_sdk.testing.brokerage import Account, Connection, Control, Rules
from allusr_sdk.testing.brokerage.house import House, Unanswered
from allusr_sdk.testing.brokerage.verbs import Question, control, engine


@define
class _Line:
    """Asks a house as a connection asks a process."""

    house: House
    verbs: object

    def ask(self, into, verb, /, **given):
        question = Question(verb, msgspec.Raw(msgspec.json.encode(given)))
        try:
            found = self.verbs(self.house, question)
        except Unanswered as why:
            raise BrokerSilent(f"test broker: {verb} was not answered") from why
        self.house.account.check()
        return msgspec.json.decode(msgspec.json.encode(found), type=into)

    def close(self):
        """There is nothing to let go."""


@define
class Near:
    """What `Brokerage` is, but for the process."""

    house: House
    control: Control = field(init=False)

    @classmethod
    def of(cls, *, cash=1_000_000, fills="touch", partial=0, seed=7):
        rules = Rules(fills=fills, seed=seed, partial=partial)
        return cls(House(account=Account.opened_with(Decimal(cash), rules=rules)))

    def __attrs_post_init__(self):
        self.control = Control("no process")
        self.control._line = _Line(self.house, control)

    def connection(self, timeout=0.0):
        made = Connection("no process")
        made._line = _Line(self.house, engine)
        return made

    def start(self):
        return self

    def __exit__(self, *error):
        """It ends with the test."""
