"""One test a gate and a check: its veto stands there with rule and numbers, and every veto is kept (KS-11, RULE-0)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from attrs import evolve

from allusr_sdk.kernel.limits import CHECKS, GATES, Entry, asked, checked, cover
from allusr_sdk.kernel.orders import Leg, Order, ladder, middle
from allusr_sdk.model.intents import Band, Shares
from allusr_sdk.model.positions import Working
from allusr_sdk.model.views import Grain, Vix
from tests.builders import (
    AT,
    CALL,
    NAN,
    RULES,
    THURSDAY,
    Tape,
    account,
    books,
    contract,
    market,
    moment,
    quote,
    report,
    sell,
    shares,
    short,
    snapshot,
)

PUT_270 = contract(270)
CALL_280 = contract(280, right=CALL)
CALL_BAND = Band("CAD-8", 0.40, 0.45, 0, 1, "sessions", 0.10)


def entry(intent=None, *, view=None, ledger=None, others=(), universe=7, rules=RULES, **of_book):
    held = ledger or books(cash="400000")
    seen = view or market(snapshot(spot=272.0))
    return Entry(intent or sell(quote(PUT_270)), seen, held, account(held, *others, **of_book), rules, universe)


def order(intent, lots=1, *, ledger="gen_acc", prices=None, rule="CAD-4 CAD-10"):
    found = intent.quote
    mid, bid, ask = middle(found), Decimal(str(found.bid)), Decimal(str(found.ask))
    walk = prices or ladder(mid, bid, found.contract, RULES, selling=True, steps=10)
    reserve = found.contract.notional * lots if found.contract.is_put else Decimal("0.00")
    return Order(
        key="k", ledger=ledger, symbol=intent.symbol, legs=(Leg(found.contract, -lots, bid, ask),),
        prices=tuple(Decimal(p) for p in walk), mid=mid, step_seconds=10, opening=True, rule=rule, reserve=reserve,
    )  # fmt: skip


def share_purchase(count=100, *, ask="272.01", ledger="gen_acc"):
    intent = Shares("AAPL", "CAD-9", quantity=count)
    price = Decimal(ask)
    made = Order(
        key="k", ledger=ledger, symbol="AAPL", legs=(Leg("AAPL", count, price - Decimal("0.02"), price),),
        prices=(price,), mid=price - Decimal("0.01"), step_seconds=10, opening=count > 0, rule="CAD-9",
        reserve=price * max(count, 0),
    )  # fmt: skip
    return intent, made


def rules_of(vetoes):
    return [v.rule for v in vetoes]


def reasons(vetoes):
    return "; ".join(f"{v.rule} {v.why}" for v in vetoes)


def test_a_sound_put_in_its_window_passes_every_gate_and_check():
    asks = entry()
    assert asked(asks) == ()
    assert checked(asks, order(asks.intent)) == ()


# --- gates ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tier", ["SAFE", "HALT"])
def test_a_tier_that_opens_nothing_vetoes(tier):
    assert reasons(asked(entry(tier=tier))) == f"KS-6 tier {tier} opens nothing"


def test_a_hedged_tier_lets_entries_through():
    assert asked(entry(tier="HEDGED")) == ()


def test_an_unknown_or_stale_vix_vetoes():
    snap = snapshot(spot=272.0)
    assert reasons(asked(entry(view=market(snap, vix=None)))).startswith("KS-5 the VIX is unknown")
    assert reasons(asked(entry(view=market(snap, vix=Vix(NAN, AT))))).startswith("KS-5 the VIX is unknown")
    old = market(snap, vix=Vix(15.0, AT - timedelta(seconds=121)))
    assert rules_of(asked(entry(view=old))) == ["KS-5"]


@pytest.mark.parametrize(("scope", "words"), [("*", "the sleeve"), ("AAPL", "AAPL")])
def test_a_freeze_of_sleeve_or_symbol_vetoes_and_names_what_froze_it(scope, words):
    frozen = books(cash="400000", frozen={scope: "PE-11"})
    assert reasons(asked(entry(ledger=frozen))) == f"PE-7 entries of {words} are frozen by PE-11"


def test_a_freeze_of_another_symbol_does_not():
    assert asked(entry(ledger=books(cash="400000", frozen={"SPY": "PE-7"}))) == ()


def test_shares_frozen_by_their_level_may_still_be_written_against():
    held = books(shares(basis="270"), frozen={"AAPL": "PE-3"})
    call = sell(quote(CALL_280), delta=0.42, band=CALL_BAND)
    assert asked(entry(call, ledger=held)) == ()
    assert rules_of(asked(entry(ledger=books(cash="400000", frozen={"AAPL": "PE-3"})))) == ["PE-7"]


def test_a_quarantined_sleeve_is_vetoed_with_the_reason():
    held = books(cash="400000", quarantined="it raised")
    assert reasons(asked(entry(ledger=held))) == "RULE-0 the sleeve is quarantined: it raised"


@pytest.mark.parametrize(
    ("clock", "open_"), [("09:44", False), ("09:45", True), ("10:55", True), ("10:56", False), ("15:40", False)]
)
def test_entries_lie_in_the_window(clock, open_):
    at = moment(clock=clock)
    view = market(snapshot(spot=272.0, at=at), at=at)
    vetoes = asked(entry(sell(quote(PUT_270, at=at)), view=view))
    assert rules_of(vetoes) == ([] if open_ else ["CAD-7"])


def test_end_of_day_data_has_no_window_but_sells_nothing_that_ends_with_the_day():
    at = moment(clock="16:00")
    view = market(snapshot(spot=272.0, at=at), at=at, grain=Grain.EOD)
    assert asked(entry(sell(quote(PUT_270, at=at)), view=view)) == ()
    ending = sell(quote(contract(270, expiry=THURSDAY), at=at))
    assert rules_of(asked(entry(ending, view=view))) == ["CAD-14"]


def test_after_the_close_nothing_is_entered():
    at = moment(clock="16:00")
    vetoes = asked(entry(sell(quote(PUT_270, at=at)), view=market(snapshot(spot=272.0, at=at), at=at)))
    assert rules_of(vetoes) == ["CAD-7", "CAD-1"]


def test_a_quote_older_than_five_seconds_or_from_the_future_vetoes():
    for seconds, passes in ((5, True), (6, False), (-1, False)):
        vetoes = asked(entry(sell(quote(PUT_270, at=AT - timedelta(seconds=seconds)))))
        assert rules_of(vetoes) == ([] if passes else ["KS-11"])
    assert vetoes[0].numbers == {"age": -1.0, "limit": 5.0}


def test_a_symbol_without_a_market_at_this_instant_vetoes_and_its_volume_is_unknown():
    vetoes = asked(entry(view=market(snapshot(spot=272.0, at=AT - timedelta(minutes=5)))))
    assert reasons(vetoes).startswith("KS-11 no market of AAPL at this instant; LQ-1 volume nan < 100")


def test_options_that_settle_on_an_opening_print_veto():
    spx = contract(5000, root="SPX")
    view = market(snapshot("SPX", 5010.0))
    vetoes = asked(entry(sell(quote(spx)), view=view, ledger=books(cash="900000")))
    assert reasons(vetoes) == "KS-11 SPX settles on an opening print, which no close replaces"


def test_a_put_starts_from_cash_only():
    held = books(short(contract(265)), cash="400000")
    assert reasons(asked(entry(ledger=held))) == "CAD-9 AAPL is in SHORT_PUT, a put starts from CASH"
    assert "is in STOCK" in reasons(asked(entry(ledger=books(shares(), cash="400000"))))


def test_a_working_entry_counts_as_if_it_were_filled():
    work = Working("w", "gen_acc", "AAPL", contract(265), 1, True, Decimal(26500))
    assert rules_of(asked(entry(ledger=books(cash="400000", working={"w": work})))) == ["CAD-9"]


def test_a_call_needs_a_hundred_uncovered_shares():
    call = sell(quote(CALL_280), delta=0.42, band=CALL_BAND)
    assert reasons(asked(entry(call))) == "CAD-10 no hundred uncovered shares"
    covered = books(shares(basis="270"), short(CALL_280))
    assert rules_of(asked(entry(call, ledger=covered))) == ["CAD-10"]
    assert asked(entry(call, ledger=books(shares(basis="270")))) == ()
    assert rules_of(asked(entry(call, ledger=books(shares(count=99, basis="270"))))) == ["CAD-10"]


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ({}, "no earnings calendar"),
        ({"AAPL": ()}, "no earnings calendar"),
        ({"AAPL": (report("AAPL", date(2026, 4, 30), as_of=date(2026, 2, 5)),)}, "7 days old"),
        ({"AAPL": (report("AAPL", date(2026, 2, 9)),)}, "report 2026-02-09 AMC (confirmed)"),
        ({"AAPL": (report("AAPL", date(2026, 2, 15)),)}, "report 2026-02-15"),
        ({"AAPL": (report("AAPL", date(2026, 2, 18), confirmed=False),)}, "report 2026-02-18 AMC (estimated)"),
        ({"AAPL": (report("AAPL", date(2026, 2, 6), confirmed=False),)}, "(estimated)"),
    ],
)
def test_an_earnings_week_skips_puts_and_says_why(known, words):
    vetoes = asked(entry(view=market(snapshot(spot=272.0), earnings=known)))
    assert rules_of(vetoes) == ["CC-3"]
    assert vetoes[0].why.startswith("EARNINGS_SKIP: ")
    assert words in vetoes[0].why


@pytest.mark.parametrize(
    "known",
    [
        (report("AAPL", date(2026, 4, 30), as_of=date(2026, 2, 6)),),
        (report("AAPL", date(2026, 2, 16)),),
        (report("AAPL", date(2026, 2, 19), confirmed=False),),
        (report("AAPL", date(2026, 2, 5), confirmed=False),),
    ],
)
def test_a_known_report_that_is_far_enough_does_not(known):
    assert asked(entry(view=market(snapshot(spot=272.0), earnings={"AAPL": known}))) == ()


def test_any_report_before_expiry_counts_in_a_later_week_too():
    later_put = sell(quote(contract(270, expiry=date(2026, 2, 27))), band=Band("CAD-8", 0.4, 0.45, 0, 30, "calendar"))
    known = {"AAPL": (report("AAPL", date(2026, 2, 24)),)}
    assert rules_of(asked(entry(later_put, view=market(snapshot(spot=272.0), earnings=known)))) == ["CC-3"]


def test_funds_are_exempt_from_the_earnings_filter():
    spy = sell(quote(contract(690, root="SPY")))
    view = market(snapshot("SPY", 691.0), earnings={})
    assert asked(entry(spy, view=view, ledger=books(cash="900000"))) == ()


@pytest.mark.parametrize(
    ("count", "written", "free"), [(100, 0, 0), (200, 0, 1), (300, 0, 1), (400, 1, 1), (400, 3, -1)]
)
def test_an_earnings_week_halves_the_cover_of_calls(count, written, free):
    calls = [short(CALL_280, lots=written)] if written else []
    held = books(shares(count=count, basis="270"), *calls)
    call = sell(quote(contract(285, right=CALL)), delta=0.42)
    assert cover(entry(call, ledger=held, view=market(snapshot(spot=272.0), earnings={}))) == free
    assert cover(entry(call, ledger=held)) == count // 100 - written


@pytest.mark.parametrize(
    ("delta", "passes"), [(-0.40, True), (-0.45, True), (-0.301, True), (-0.299, False), (-0.46, False), (NAN, False)]
)
def test_delta_lies_in_the_band_or_its_reach(delta, passes):
    vetoes = asked(entry(sell(quote(PUT_270), delta=delta)))
    assert rules_of(vetoes) == ([] if passes else ["KS-11"])
    if not passes:
        assert "is outside 0.3-0.45" in vetoes[0].why


@pytest.mark.parametrize(
    ("expiry", "unit", "left"),
    [
        (date(2026, 2, 20), "sessions", 5),
        (date(2026, 2, 20), "calendar", 8),
        (date(2026, 2, 11), "sessions", -1),
        (date(2026, 2, 11), "calendar", -1),
    ],
)
def test_days_to_expiry_lie_in_the_band(expiry, unit, left):
    band = evolve(CALL_BAND, unit=unit)
    vetoes = asked(entry(sell(quote(contract(270, expiry=expiry)), band=band)))
    assert f"KS-11 {left} {unit} to expiry is outside 0-1" in reasons(vetoes)
    assert {"dte": left} in [dict(v.numbers) for v in vetoes]


def test_a_call_under_the_basis_is_refused_even_where_its_band_names_no_floor():
    held = books(shares(basis="281"))
    call = sell(quote(CALL_280), delta=0.42)
    assert reasons(asked(entry(call, ledger=held))) == "CAD-8 strike 280 is under the basis 281.00"
    recovery = evolve(call, band=evolve(CALL_BAND, rule="CAD-9", floor=Decimal(279)))
    assert asked(entry(recovery, ledger=held)) == ()
    low = evolve(call, band=evolve(CALL_BAND, rule="CAD-9", floor=Decimal("280.5")))
    assert rules_of(asked(entry(low, ledger=held))) == ["CAD-8"]


def test_an_illiquid_contract_vetoes_with_every_limit_it_misses():
    thin = quote(PUT_270, 1.94, 2.05, oi=499)
    view = market(snapshot(spot=272.0, volumes=(99.0, 50.0)))
    vetoes = asked(entry(sell(thin), view=view))
    assert rules_of(vetoes) == ["LQ-1", "LQ-1", "LQ-1"]
    assert [v.why for v in vetoes] == ["open interest 499 < 500", "volume 99 < 100", "spread 5.51% > 5.00%"]


@pytest.mark.parametrize(
    ("bid", "ask", "passes"), [(0.10, 0.10, False), (0.098, 0.102, True), (0.097, 0.101, False), (1.0, 1.02, True)]
)
def test_a_credit_under_the_minimum_vetoes(bid, ask, passes):
    vetoes = asked(entry(sell(quote(PUT_270, bid, ask))))
    assert ("CAD-11" in rules_of(vetoes)) is (not passes and bid < ask)
    assert bool(vetoes) is not passes


@pytest.mark.parametrize(
    ("bid", "ask"), [(NAN, 1.0), (1.0, NAN), (0.0, 1.0), (1.1, 1.0), (1.0, float("inf")), (-1.0, 1.0)]
)
def test_a_quote_that_is_unknown_one_sided_or_crossed_is_refused_and_nothing_raises(bid, ask):
    assert reasons(asked(entry(sell(quote(PUT_270, bid, ask))))) == "KS-11 no sound two-sided quote"


def test_every_gate_is_asked_and_every_veto_kept():
    held = books(short(contract(265)), cash="400000", frozen={"*": "PE-7"}, quarantined="raised")
    at = moment(clock="09:31")
    view = market(snapshot(spot=272.0, at=at), at=at, vix=None, earnings={})
    intent = sell(quote(contract(270, expiry=date(2026, 3, 20)), 0.01, 0.02, at=at, oi=NAN), delta=-0.9)
    vetoes = asked(entry(intent, view=view, ledger=held, tier="SAFE"))
    assert rules_of(vetoes) == [
        "KS-6", "KS-5", "PE-7", "RULE-0", "CAD-7", "CAD-9", "CC-3", "KS-11", "KS-11", "LQ-1", "LQ-1", "CAD-11",
    ]  # fmt: skip
    assert len(GATES) == 10


# --- checks --------------------------------------------------------------------------------------------------------


def rule_1(ledger, lots=1, intent=None):
    wish = intent or sell(quote(PUT_270))
    return [v.why for v in checked(entry(wish, ledger=ledger, universe=1), order(wish, lots)) if v.rule == "RULE-1"]


def test_cash_behind_a_put_or_a_working_order_is_taken():
    put = short(contract(200, root="MSFT"), opened=AT - timedelta(days=1))
    work = Working("w", "gen_acc", "AMZN", contract(200, root="AMZN"), 1, True, Decimal(20000))
    assert rule_1(books(put, cash="47000")) == []
    assert rule_1(books(put, cash="46999")) == ["needs 27,000.00, free cash 26,999.00"]
    assert rule_1(books(put, cash="47000", working={"w": work})) == ["needs 27,000.00, free cash 7,000.00"]


def test_the_premium_of_today_is_no_collateral_and_yesterdays_is():
    fresh = short(contract(200, root="MSFT"), price="5.00", opened=AT)
    assert rule_1(books(fresh, cash="47000")) == ["needs 27,000.00, free cash 26,500.00"]
    assert rule_1(books(evolve(fresh, opened=AT - timedelta(days=1)), cash="47000")) == []


def test_a_call_needs_shares_and_no_cash():
    call = sell(quote(CALL_280), delta=0.42)
    assert rule_1(books(shares(), cash="-5"), intent=call) == []
    assert rule_1(books(shares(), cash="0"), lots=2, intent=call) == ["2 calls on 1 uncovered hundreds"]


def test_shares_are_bought_with_free_cash_and_sold_only_where_they_back_no_call():
    intent, bought = share_purchase()
    held = books(cash="27200")
    assert rules_of(checked(entry(intent, ledger=held, universe=1), bought)) == ["RULE-1", "KS-11"]
    intent, sold = share_purchase(-100)
    rich = books(shares(), cash="200000")
    assert checked(entry(intent, ledger=rich, universe=1), sold) == ()
    covered = books(shares(), short(CALL_280), cash="200000")
    vetoes = checked(entry(intent, ledger=covered, universe=1), sold)
    assert reasons(vetoes) == "RULE-1 100 shares to sell, 0 back no call"
    assert rules_of(checked(entry(intent, ledger=books(cash="200000"), universe=1), sold)) == ["RULE-1"]


def test_an_order_has_at_most_fifty_contracts():
    intent = sell(quote(contract(10), 0.99, 1.01))
    view = market(snapshot(spot=10.0, volumes=(1e6, 1e6)))
    for lots, passes in ((50, True), (51, False)):
        vetoes = checked(entry(intent, view=view, ledger=books(cash="900000")), order(intent, lots))
        assert reasons(vetoes) == ("" if passes else "KS-11 51 contracts > 50")


@pytest.mark.parametrize(
    ("equity", "universe", "lots", "limit"),
    [("216000", 7, 2, None), ("215999", 7, 2, "54,000"), ("108000", 2, 2, None), ("107999", 2, 2, "54,000"),
     ("9000000", 7, 18, None), ("9000000", 7, 19, "500,000")],
)  # fmt: skip
def test_an_order_is_at_most_a_part_of_the_sleeve_and_half_a_million(equity, universe, lots, limit):
    intent = sell(quote(PUT_270))
    asks = entry(
        intent, ledger=books(cash=equity), universe=universe, view=market(snapshot(spot=272.0, volumes=(1e6,)))
    )
    found = [v.why for v in checked(asks, order(intent, lots)) if v.rule == "KS-11"]
    assert found == ([f"notional {27000 * lots:,} > {limit}"] if limit else [])


def test_a_single_contract_of_the_min_lot_exception_may_be_larger():
    intent = sell(quote(PUT_270))
    asks = entry(intent, ledger=books(cash="50000"))
    assert rules_of(checked(asks, order(intent))) == ["KS-11"]
    assert checked(asks, order(intent, rule="CAD-4 CAD-11")) == ()


def test_size_is_held_against_the_volume_of_contract_and_share():
    intent = sell(quote(contract(10), 0.99, 1.01))
    rich = books(cash="900000")

    def said(lots, volumes, tape=None):
        view = market(snapshot(spot=10.0, volumes=volumes), tape=tape)
        return reasons(checked(entry(intent, view=view, ledger=rich), order(intent, lots)))

    assert said(10, (100.0, 100.0)) == ""
    assert said(11, (100.0, 100.0)) == "LQ-1 11 contracts > 10% of ADV 100"
    assert said(1, ()) == "LQ-1 1 contracts > 10% of ADV nan"
    assert said(1, (NAN, NAN)) == "LQ-1 1 contracts > 10% of ADV nan"
    quiet = Tape({"AAPL": 10.0}, volume=41_000.0)
    assert said(1, (1000.0,), quiet) == "LQ-1 42 delta shares > 41"
    unknown = Tape({"AAPL": 10.0}, volume=NAN)
    assert said(23, (1000.0,), unknown) == ""
    assert said(24, (1000.0,), unknown) == "LQ-1 SHARE_ADV_UNKNOWN: 1,008 delta shares > 1,000"


@pytest.mark.parametrize(
    ("prices", "passes"),
    [(("1.01", "1.00"), True), (("1.01", "0.99"), False), (("0.95",), False)],
)
def test_a_sale_under_the_bid_is_outside_the_collar(prices, passes):
    intent = sell(quote(PUT_270, 1.00, 1.02))
    vetoes = checked(entry(intent), order(intent, prices=prices))
    assert rules_of(vetoes) == ([] if passes else ["KS-11"])
    if not passes:
        assert vetoes[0].why == f"limit {prices[-1]} is outside the collar"


def test_a_sale_five_percent_under_the_mid_is_outside_the_collar_even_over_the_bid():
    intent = sell(quote(PUT_270, 0.80, 1.20))
    assert checked(entry(intent), order(intent, prices=("0.95",))) == ()
    assert rules_of(checked(entry(intent), order(intent, prices=("0.94",)))) == ["KS-11"]


def test_a_purchase_five_percent_over_the_mid_is_outside_the_collar():
    intent, bought = share_purchase()
    asks = entry(intent, ledger=books(cash="900000"))
    assert checked(asks, bought) == ()
    assert rules_of(checked(asks, evolve(bought, prices=(bought.mid * Decimal("1.06"),)))) == ["KS-11"]


def working(ledger, what, *, opening):
    return Working("w", ledger, "AAPL", what, 1, opening)


def test_a_working_order_on_the_instrument_is_a_duplicate():
    intent = sell(quote(PUT_270))
    held = books(cash="400000", working={"w": working("gen_acc", PUT_270, opening=True)})
    assert "KS-11 duplicate of the working order w" in reasons(checked(entry(intent, ledger=held), order(intent)))


def test_another_sleeves_working_purchase_is_a_self_cross_and_its_sale_is_not():
    intent = sell(quote(PUT_270))
    for opening, crossed in ((False, True), (True, False)):
        other = books(name="rev_acc", working={"w": working("rev_acc", PUT_270, opening=opening)})
        found = reasons(checked(entry(intent, others=(other,)), order(intent)))
        assert found == ("KS-11 SELF_CROSS with the working order w" if crossed else "")


def test_another_sleeves_working_share_orders_cross_the_other_way():
    intent, bought = share_purchase()
    for opening, crossed in ((True, False), (False, True)):
        other = books(name="rev_acc", working={"w": working("rev_acc", None, opening=opening)})
        asks = entry(intent, ledger=books(cash="900000"), others=(other,))
        assert ("SELF_CROSS" in reasons(checked(asks, bought))) is crossed


def test_a_position_of_the_other_side_in_another_sleeve_is_a_self_cross():
    intent = sell(quote(PUT_270))
    long = evolve(short(PUT_270, ledger="com_acc"), quantity=1)
    crossed = entry(intent, others=(books(long, name="com_acc"),))
    assert reasons(checked(crossed, order(intent))) == "CAD-13 SELF_CROSS: com_acc holds the other side"
    same = entry(intent, others=(books(short(PUT_270, ledger="com_acc"), name="com_acc"),))
    assert checked(same, order(intent)) == ()


def test_orders_are_paced_by_the_minute_and_by_the_day():
    intent = sell(quote(PUT_270))
    just_now = tuple(AT - timedelta(seconds=n) for n in range(30))
    assert "30 orders a minute reached 30" in reasons(checked(entry(intent, orders_sent=just_now), order(intent)))
    assert checked(entry(intent, orders_sent=just_now[:29]), order(intent)) == ()
    today = tuple(AT - timedelta(minutes=2 + n // 10) for n in range(200))
    assert "200 orders a day reached 200" in reasons(checked(entry(intent, orders_sent=today), order(intent)))
    assert checked(entry(intent, orders_sent=today[:199]), order(intent)) == ()


def test_every_check_is_asked_and_every_veto_kept():
    intent = sell(quote(PUT_270))
    work = {"w": working("gen_acc", PUT_270, opening=True)}
    held = books(cash="1000", working=work)
    view = market(snapshot(spot=272.0, volumes=()))
    asks = entry(intent, ledger=held, view=view, orders_sent=(AT,) * 200)
    vetoes = checked(asks, order(intent, 51, prices=("0.5",)))
    for word in ("needs", "51 contracts", "notional", "ADV", "collar", "duplicate", "a minute", "a day"):
        assert word in reasons(vetoes), word
    assert len(CHECKS) == 6
