"""How capital is split over the sleeves of a run (CAD-12)."""

from collections.abc import Sequence
from decimal import ROUND_DOWN, Decimal, InvalidOperation

from allusr_sdk.errors import InputError
from allusr_sdk.rulebook import Rulebook
from allusr_sdk.settings import nearest

BUILT_IN = ("gen_acc", "rev_acc", "com_acc")
_WHOLE = Decimal(100)


def split(sleeves: Sequence[str], rules: Rulebook, *, shares: Sequence[str] = ()) -> dict[str, Decimal]:
    """Weights of the ledgers in percent, in order; what is missing to 100 stays undeployed.

    A built-in sleeve keeps its part of CAD-12 even where others are not selected; sleeves without a built-in one among
    them have equal parts.

    Args:
        sleeves: names of the selected sleeves.
        shares: `account.shares` of the configuration, ``name=percent`` for every sleeve; they come before all rules.

    Raises:
        InputError: no sleeve at all, others beside built-in ones without shares, or shares that do not fit.
    """
    if not sleeves:
        raise InputError("no selected plugin brings a sleeve, so nothing can trade: add one to --plugins")
    if shares:
        return _named(sleeves, shares)
    own = [name for name in sleeves if name in BUILT_IN]
    if not own:
        return _equal(sleeves)
    if others := [name for name in sleeves if name not in BUILT_IN]:
        raise InputError(
            f"CAD-12 splits capital over {', '.join(BUILT_IN)} alone: name every sleeve's percentage for "
            f'{", ".join(others)} too, as account.shares = ["{own[0]}=40", "{others[0]}=20"]'
        )
    parts = dict(zip(BUILT_IN, rules.numbers("CAD-12.split"), strict=True))
    return {name: Decimal(str(parts[name])) for name in sleeves}


def _equal(sleeves: Sequence[str]) -> dict[str, Decimal]:
    """Equal parts of exactly 100; the first takes what division leaves."""
    part = (_WHOLE / len(sleeves)).quantize(Decimal("1e-12"), ROUND_DOWN)
    return dict.fromkeys(sleeves, part) | {sleeves[0]: _WHOLE - part * (len(sleeves) - 1)}


def _named(sleeves: Sequence[str], shares: Sequence[str]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for share in shares:
        name, _, text = share.partition("=")
        if name.strip() not in sleeves:
            raise InputError(f"account.shares: {share}: no such sleeve; {nearest(name, sleeves)}")
        found[name.strip()] = _percent(share, text)
    if missing := [name for name in sleeves if name not in found]:
        raise InputError(f"account.shares: no percentage for {', '.join(missing)}")
    if sum(found.values()) > _WHOLE:
        raise InputError(f"account.shares: they add up to {sum(found.values())}, more than 100")
    return {name: found[name] for name in sleeves}


def _percent(share: str, text: str) -> Decimal:
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        value = Decimal("NaN")
    if not (value.is_finite() and 0 < value <= _WHOLE):
        raise InputError(f"account.shares: {share}: expected name=percent, above 0 and at most 100")
    return value
