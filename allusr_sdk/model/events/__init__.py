"""Everything that can be written in the journal: one frozen class a kind of event."""

from allusr_sdk.model.events.advice import AdviceGiven, AdviceScored
from allusr_sdk.model.events.arming import Armed, Disarmed
from allusr_sdk.model.events.base import Event, Numbers, rounded
from allusr_sdk.model.events.books import Marked, Valued
from allusr_sdk.model.events.breaks import Audited, Broken, CashBooked, Corrected, Mended, Paged
from allusr_sdk.model.events.capital import (
    BudgetSpent,
    DividendAccrued,
    DividendReceived,
    ForkCapped,
    ForkFunded,
    ForkIntended,
    ForkPaid,
    MergeIntended,
    MergeSent,
    MergeTaken,
    Moved,
    NodeClosed,
    Reinvested,
    Revalued,
    Share,
    TransferSent,
    TransferTaken,
)
from allusr_sdk.model.events.console import ConsoleUsed
from allusr_sdk.model.events.corporate import Adjusted, DividendPaid, SplitApplied, TradingHalted
from allusr_sdk.model.events.decisions import DataGap, Decided, IntentRecorded, Noted, PluginFaulted, Quarantined
from allusr_sdk.model.events.expiry import Assigned, Exercised, Expired, Pinned, Unsettled
from allusr_sdk.model.events.governance import RulebookOpened, RulesApproved, RulesProposed
from allusr_sdk.model.events.ladders import LadderStated, Stated
from allusr_sdk.model.events.operator import OperatorAnswered, OperatorAsked, OperatorHeard
from allusr_sdk.model.events.orders import Filled, OrderChanged
from allusr_sdk.model.events.protocol import Frozen, LevelChanged, RollPrepared, Thawed, Watched
from allusr_sdk.model.events.run import Funded, Resumed, RunEnded, RunStarted
from allusr_sdk.model.events.switches import StateChanged, SwitchChanged, SwitchWaiting
from allusr_sdk.model.events.tax import LotsChosen, Picked
from allusr_sdk.model.events.weeks import WeekTyped

__all__ = [
    "Adjusted",
    "AdviceGiven",
    "AdviceScored",
    "Armed",
    "Assigned",
    "Audited",
    "Broken",
    "BudgetSpent",
    "CashBooked",
    "ConsoleUsed",
    "Corrected",
    "DataGap",
    "Decided",
    "Disarmed",
    "DividendAccrued",
    "DividendPaid",
    "DividendReceived",
    "Event",
    "Exercised",
    "Expired",
    "Filled",
    "ForkCapped",
    "ForkFunded",
    "ForkIntended",
    "ForkPaid",
    "Frozen",
    "Funded",
    "IntentRecorded",
    "LadderStated",
    "LevelChanged",
    "LotsChosen",
    "Marked",
    "Mended",
    "MergeIntended",
    "MergeSent",
    "MergeTaken",
    "Moved",
    "NodeClosed",
    "Noted",
    "Numbers",
    "OperatorAnswered",
    "OperatorAsked",
    "OperatorHeard",
    "OrderChanged",
    "Paged",
    "Picked",
    "Pinned",
    "PluginFaulted",
    "Quarantined",
    "Reinvested",
    "Resumed",
    "Revalued",
    "RollPrepared",
    "RulebookOpened",
    "RulesApproved",
    "RulesProposed",
    "RunEnded",
    "RunStarted",
    "Share",
    "SplitApplied",
    "StateChanged",
    "Stated",
    "SwitchChanged",
    "SwitchWaiting",
    "Thawed",
    "TradingHalted",
    "TransferSent",
    "TransferTaken",
    "Unsettled",
    "Valued",
    "Watched",
    "WeekTyped",
    "rounded",
]
