"""Market data of a gateway within a budget: what is listed, what streams, what is not trusted, and what comes back."""

from datetime import date

import pytest

from allusr_sdk.contracts.liquidity import illiquid
from allusr_sdk.execution.ibkr.contracts import Contracts
from allusr_sdk.execution.ibkr.market.lines import Lines
from allusr_sdk.execution.ibkr.market.listing import Listing
from allusr_sdk.execution.ibkr.market.values import Values
from allusr_sdk.execution.ibkr.port import Port, Subscription
from allusr_sdk.execution.ibkr.records import Asset, Refused, Tick
from allusr_sdk.model.options import Contract
from allusr_sdk.rulebook import Rulebook
from tests.ibkr.adapter import option, settings, until
from tests.ibkr.watching import Watched, chain_of, known, name
from tests.ibkr.wire import CALL, LOWER, PUT

EXPIRY = date(2026, 2, 20)


@pytest.fixture
def port(tws):
    made = Port(settings(tws))
    yield made
    made.close()


@pytest.fixture
def markets(tws):
    """Makes markets that are closed behind the test."""
    made = []

    def make(**more):
        made.append(Watched(tws, **more))
        return made[-1]

    yield make
    for each in made:
        each.close()


def messages(tws):
    return sum(rate.messages for rate in tws.control.rates())


# --- scenario 2: what is listed ------------------------------------------------------------------------------------


def test_a_share_its_chain_and_sixty_options_are_qualified_once_a_day(tws, port):
    names = chain_of(tws, range(680, 710))
    listing = Listing(port)
    listing.begin(date(2026, 2, 9))
    assert listing.share("SPY").con_id == tws.control.con_id("SPY")
    assert listing.expiries("SPY") == (EXPIRY,)
    found = listing.options("SPY", [EXPIRY])
    assert {each.osi: asset.con_id for each, asset in found.items()} == {n: tws.control.con_id(n) for n in names}
    assert len(found) == 60
    before = messages(tws)
    listing.share("SPY"), listing.expiries("SPY"), listing.options("SPY", [EXPIRY])
    assert messages(tws) == before
    assert all(rate.strikes == 0 for rate in tws.control.rates())


def test_a_market_rule_is_asked_for_once_and_an_unknown_symbol_is_refused_by_name(tws, port):
    contracts = Contracts(port)
    ticks = contracts.ticks(contracts.details(PUT))
    before = messages(tws)
    assert contracts.ticks(contracts.details(PUT)) == ticks
    assert messages(tws) == before
    with pytest.raises(Refused, match="200 No security definition"):
        port.details(Asset(symbol="NOPE"))
    listing = Listing(port)
    assert listing.share("NOPE") is None
    assert "200 No security definition" in listing.missing["NOPE"]


# --- scenario 3: what streams --------------------------------------------------------------------------------------


def heard(port, lines):
    port.time()
    lines.hear()
    return lines.owned


def test_twenty_options_stream_with_open_interest_volume_and_greeks_and_their_lines_are_released(tws, port):
    names = chain_of(tws, range(690, 700))
    lines = Lines(port, 90)
    assert len(lines.want({each: option(each) for each in names})) == 20
    owned = heard(port, lines)
    assert (len(owned), tws.control.lines()) == (20, 20)
    for each in owned.values():
        assert each.live
        assert each.sound
        assert (each.interest, each.known_volume) == (5000, 1000)
        assert 0 < abs(each.delta) < 1
        assert 0 < each.volatility < 3
        assert each.came > 0
        assert each.stamp == tws.control.now()
    lines.want({each: option(each) for each in names[:3]})
    port.time()
    assert (len(lines.owned), tws.control.lines()) == (3, 3)


def test_beyond_the_budget_it_is_queued_and_a_line_that_is_given_back_goes_to_the_most_urgent(tws, port):
    names = chain_of(tws, range(690, 695))
    lines = Lines(port, 4)
    lines.want({each: option(each) for each in names})
    assert (list(lines.owned), lines.waiting) == (names[:4], tuple(names[4:]))
    lines.want({each: option(each) for each in names[2:]})
    port.time()
    assert (list(lines.owned), tws.control.lines()) == (names[2:6], 4)


def test_an_account_with_fewer_lines_than_were_thought_is_asked_for_no_more(tws, port):
    tws.control.turn(lines=3)
    names = chain_of(tws, range(690, 693))
    lines = Lines(port, 90)
    lines.want({each: option(each) for each in names})
    heard(port, lines)
    assert (len(lines.owned), lines.most) == (3, 3)
    assert set(lines.waiting) == set(names) - set(lines.owned)


def test_only_strikes_near_the_bands_are_quoted_and_all_of_an_expiry_are_listed(tws, markets):
    chain_of(tws, range(650, 740))
    market = markets()
    chain = market.now().view.snapshots["SPY"].chain
    assert len(chain) == 180
    quoted = chain.where((chain.bid > 0) & (chain.ask > 0))
    assert len(quoted) == 10
    assert all(0.2 < abs(delta) < 0.6 for delta in quoted.delta)
    assert tws.control.lines() == 11


def quoted(market):
    return {each for each in market.source.watch.lines.owned if " " in each}


def test_strikes_are_chosen_anew_only_where_a_band_has_moved_on(tws, markets):
    chain_of(tws, range(650, 740))
    market = markets()
    market.now()
    before = quoted(market)
    tws.control.tick(300.0)
    market.quote(695.4)
    market.now()
    assert quoted(market) == before
    tws.control.tick(300.0)
    market.quote(680.0)
    market.now()
    assert len(quoted(market) - before) >= 5


def test_what_is_quoted_at_an_instant_was_chosen_before_it(tws, markets):
    chain_of(tws, range(650, 740))
    market = markets()
    market.now()
    first, seen = quoted(market), []
    deeds = [lambda: (tws.control.tick(120.0), market.quote(680.0)), lambda: None, lambda: None]

    def live_on(at):
        if deeds:
            deeds.pop(0)()
            return
        seen.append(quoted(market))
        tws.control.tick(180.0)
        market.quote(680.0)

    market.source.meanwhile.call = live_on
    step = next(market._steps)
    assert (len(seen), seen[0] == quoted(market), seen[0] != first) == (1, True, True)
    assert step.view.fresh_symbols == ("SPY",)


def test_what_is_asked_for_by_name_is_quoted_at_once_and_first_from_then_on(tws, markets):
    chain_of(tws, range(650, 740))
    market, far = markets(), Contract.parse(name("260220", "P", 660))
    assert market.now().view.snapshots["SPY"].quotes([far])[0].sound
    market.source.watch.lines.most = 3
    assert market.step().view.snapshots["SPY"].quotes([far])[0].sound
    owned = market.source.watch.lines.owned
    assert (len(owned), {"SPY", far.osi} <= set(owned), bool(market.source.waiting)) == (3, True, True)


# --- scenario 4: what is not known ---------------------------------------------------------------------------------


def test_without_bid_or_greeks_a_contract_is_refused_with_its_reason_and_no_sentinel_is_seen(tws, markets):
    tws.control.turn(greeks=False)
    tws.control.quote(PUT, None, 4.04, underlying=695.0)
    snapshot = markets().now().view.snapshots["SPY"]
    chain = snapshot.chain
    assert not {-1.0, -2.0} & set(known(chain.bid, chain.ask, chain.delta, chain.volume, chain.open_interest))
    (whole, bidless) = snapshot.quotes([Contract.parse(LOWER), Contract.parse(PUT)])
    assert (whole.bid, whole.ask) == (2.10, 2.14)
    assert whole.delta != whole.delta
    assert (bidless.bid, bidless.ask) == (0.0, 4.04)
    (veto,) = illiquid(bidless, [1000.0, 1000.0], Rulebook.default())
    assert veto.why == "no sound two-sided quote"


def test_open_interest_comes_for_calls_and_puts_and_the_zero_is_the_other_side(tws, port):
    feed = Subscription(Asset(kind="OPT"), "")
    line = Values(CALL, feed)
    line.drain()
    feed.ticks += [Tick(kind=27, at=1.0, values={"size": 700.0}), Tick(kind=28, at=1.0, values={"size": 0.0})]
    line.drain()
    assert line.interest == 700


# --- scenario 5, and what else is not traded on --------------------------------------------------------------------


def test_what_is_not_subscribed_is_not_fresh_until_the_permission_returns(tws, markets):
    market = markets()
    assert market.now().view.fresh_symbols == ("SPY",)
    tws.control.deny("SPY", 354)
    assert market.step().view.fresh_symbols == ()
    assert market.reasons[-1].startswith("SPY: not fresh: 354 ")
    tws.control.grant("SPY")
    view = market.step().view
    assert view.fresh_symbols == ("SPY",)
    assert view.snapshots["SPY"].quotes([Contract.parse(PUT)])[0].sound


def test_delayed_data_is_flagged_and_never_traded_on(tws, markets):
    tws.control.deny("SPY", 354)
    market = markets()
    market.source.port.data_type(3)
    assert market.now().view.fresh_symbols == ()
    line = market.source.watch.share("SPY")
    assert (line.live, line.type, line.bid == line.bid) == (False, 3, False)
    assert market.reasons[-1].startswith("SPY: not fresh: 10167 ")
    tws.control.grant("SPY")
    assert market.step().view.fresh_symbols == ("SPY",)


def test_a_share_that_does_not_trade_any_more_is_stale(tws, markets):
    market = markets()
    market.now()
    view = market.step(trades=False).view
    assert (view.fresh_symbols, view.snapshots["SPY"].at < view.at) == ((), True)
    assert market.reasons == ["SPY: not fresh: its last trade is 300 s old, 5 s are allowed"]
    assert market.step().view.fresh_symbols == ("SPY",)


def test_a_crossed_market_is_not_fresh(tws, markets):
    market = markets()
    market.quote(spread=-0.10)
    assert market.now().view.fresh_symbols == ()
    assert market.reasons == ["SPY: not fresh: its bid 695.05 is above its ask 694.95"]


def test_an_unknown_symbol_is_told_and_the_others_go_on(tws, markets):
    market = markets(symbols=("SPY", "NOPE"))
    assert market.now().view.fresh_symbols == ("SPY",)
    assert "NOPE: not fresh: IBKR refuses: 200 " in market.reasons[0]


def test_that_data_was_asked_for_too_fast_is_told_once(tws, markets):
    market = markets()
    market.now()
    tws.control.turn(rate=3)
    market.step()
    tws.control.turn(rate=50)
    market.step()
    assert [why for why in market.reasons if "too fast" in why] == [
        ": IBKR says 100 Max rate of messages per second has been exceeded:max=50 rec=51 (1): "
        "market data were asked for too fast"
    ]


# --- scenario 19: what is lost and comes back ----------------------------------------------------------------------


def test_while_tws_is_cut_off_nothing_is_fresh_and_lines_that_were_kept_go_on(tws, markets):
    market = markets()
    market.now()
    tws.control.link(1100)
    assert market.step().view.fresh_symbols == ()
    assert market.reasons[-1].startswith("SPY: not fresh: DEGRADED: Connectivity between IB")
    tws.control.link(1102)
    assert market.step().view.fresh_symbols == ("SPY",)
    assert {each.feed.asked for each in market.source.watch.lines.owned.values()} == {1}


def test_after_1101_every_line_is_asked_for_again_and_nothing_of_before_counts(tws, markets):
    market = markets()
    market.now()
    owned = market.source.watch.lines.owned
    tws.control.link(1100)
    market.step()
    tws.control.link(1101)
    until(lambda: all(line.feed.asked == 2 for line in owned.values()) and tws.control.lines() == len(owned))
    market.quote()
    view = market.step().view
    assert view.fresh_symbols == ("SPY",)
    assert view.snapshots["SPY"].quotes([Contract.parse(PUT)])[0].sound
    assert "322" not in " ".join(market.reasons)


def test_while_a_data_farm_is_broken_nothing_is_fresh(tws, markets):
    market = markets()
    market.now()
    tws.control.farm(2103)
    assert market.step().view.fresh_symbols == ()
    assert market.reasons[-1] == "SPY: not fresh: CONNECTED: data farm usfarm is broken"
    tws.control.farm(2104)
    assert market.step().view.fresh_symbols == ("SPY",)


def test_a_connection_that_was_cut_comes_back_with_all_lines_under_the_same_client_id(tws, markets):
    market = markets()
    market.now()
    owned = market.source.watch.lines.owned
    tws.control.cut()
    until(lambda: all(line.feed.asked == 2 for line in owned.values()) and tws.control.lines() == len(owned))
    assert tws.control.clients() == (settings(tws).data_client,)
    assert market.step().view.fresh_symbols == ("SPY",)
