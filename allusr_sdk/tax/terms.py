"""By what a tax year goes: the rules' values, and what the taxpayer says in [tax]."""

from decimal import Decimal
from pathlib import Path

from attrs import Factory, frozen

from allusr_sdk.config import Config
from allusr_sdk.model.nodes import AccountMap
from allusr_sdk.tax.outside import Outside, outside_purchases

BROKER, TAXPAYER = "broker", "taxpayer"


@frozen
class Terms:
    """What a tax year is worked out by.

    Attributes:
        mode: of wash sales, `broker` or `taxpayer` (TX-4).
        method: which lots end where no person chose, `fifo` or `hifo` (TX-3).
        days: before and after a sale at a loss.
        family: symbols that count as one security (TX-6).
        indices: underlyings of section 1256, which know no wash sale (TX-5).
        long_share: long-term part of their result.
        reserve: share of net gains that is set apart (TX-8).
        deep: a put written for at least this part of its strike is deep in the money.
        box: what a 1099-B says of the positions, as `BOXES` names it.
        written: how written options are rendered, `gross` or `net` (TX-2).
        accounts: in which of the broker's accounts ledgers lie (CAD-13).
        outside: purchases in other accounts.
        signed_off: who signed the method off; empty: nobody.
    """

    mode: str = TAXPAYER
    method: str = "fifo"
    days: int = 30
    family: frozenset[str] = frozenset({"GOOG", "GOOGL"})
    indices: frozenset[str] = frozenset({"SPX", "XSP", "NDX", "RUT", "VIX"})
    long_share: Decimal = Decimal("0.60")
    reserve: Decimal = Decimal("0.30")
    deep: Decimal = Decimal("0.10")
    box: str = "covered"
    written: str = "gross"
    accounts: AccountMap = Factory(AccountMap)
    outside: tuple[Outside, ...] = ()
    signed_off: str = ""

    @property
    def whole(self) -> bool:
        """Whether all of the taxpayer's ledgers and accounts count."""
        return self.mode == TAXPAYER

    def securities(self, symbol: str) -> str:
        """What a symbol counts as."""
        return min(self.family) if self.whole and symbol in self.family else symbol

    def account(self, ledger: str) -> str:
        """The broker's account that a ledger lies in; all lie in one where nothing is said."""
        return self.accounts.of(ledger)


def terms_of(config: Config, mode: str = "") -> Terms:
    """The terms of a configuration.

    Args:
        config: its rules (TX-3 to TX-8), its table [tax], and where ledgers lie.
        mode: instead of the rule's.

    Raises:
        DataError: the file of outside purchases cannot be read.
    """
    rules, said = config.rulebook, config.tax
    return Terms(
        mode=mode or rules.text("TX-4.mode"),
        method="hifo" if rules.text("TX-3.method") == "hifo" else "fifo",
        days=rules.integer("TX-4.days"),
        family=frozenset(rules.texts("TX-6.family")),
        indices=frozenset(rules.texts("TX-5.symbols")),
        long_share=rules.money("TX-5.long_share"),
        reserve=rules.money("TX-8.reserve"),
        deep=said.deep_put,
        box=said.box,
        written=said.written,
        accounts=config.broker_accounts,
        outside=outside_purchases(Path(said.outside).expanduser()) if said.outside else (),
        signed_off=said.signed_off,
    )
