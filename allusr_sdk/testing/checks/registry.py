"""`CHECKS`: every check with what it asserts, why it matters, how to mend what it finds, and where it looks."""

from allusr_sdk.testing.checks import (
    barriers,
    bounds,
    brokers,
    budgets,
    contract,
    determinism,
    discipline,
    exits,
    foresight,
    forks,
    fuzz,
    ladders,
    markets,
    observers,
    order,
    parity,
    protocols,
    purity,
    reasons,
    robustness,
    sharing,
    warmup,
)
from allusr_sdk.testing.checks.check import EVERY, Check

FORMED, DECIDING = ("sleeve", "protocol", "ladder", "fork"), ("sleeve", "protocol", "ladder")
_SOME, _TURNS = ("calm", "crash"), ("calm", "crash", "early_assignment")


CHECKS: tuple[Check, ...] = (
    # --- 1: the contract ---
    Check(
        101, FORMED, "it loads under a usable name",
        "Selection, ledgers, settings tables and the journal go by the name; what does not load trades nothing.",
        'Give the class name = "lower_case"; register its module under the entry-point group allusr.v1.',
        contract.loads,
    ),
    Check(
        102, FORMED, "its settings are explained and go through TOML and back",
        "A value that a file cannot say, or that nobody can read about, is set wrongly once and trades wrongly always.",
        "Declare each field with setting(default=..., help=...) within its bounds in a @settings class.",
        contract.settings,
    ),
    Check(
        103, FORMED, "it says what it is and where it stays",
        "Its first sentence is what the operator reads before money is given to it; its bands are what the kernel "
        "holds it to.",
        "Begin the class with a docstring; let bands return each band with low <= high in (0, 1) and days in order.",
        contract.described,
    ),
    Check(
        104, FORMED, "its methods take what the contract passes",
        "A method that names other arguments works until the kernel passes one by name, or passes one more.",
        "Write the overridden method with the base class's arguments, names and types, no more and no fewer.",
        contract.typed,
    ),
    # --- 2: purity ---
    Check(
        201, FORMED, "it reads and writes no file, socket or process",
        "What a file or a server says today cannot be replayed tomorrow, and a slow disk stops the trading loop.",
        "Decide on the view alone; bring data as settings or as a market source, tell the world in an observer.",
        barriers.no_io, _SOME,
    ),
    Check(
        202, FORMED, "it asks no clock, random source or environment",
        "A decision that depends on when and where it is made differs between backtest, paper and live.",
        "Use view.at and view.clock for time, settings for choices; draw nothing.",
        purity.no_clock, _SOME,
    ),
    Check(
        203, FORMED, "it leaves the view as it found it",
        "The next plugin is asked with the same view: what one writes into it the other trades on.",
        "Copy before sorting or filling in: dict(view.book.notes), chain.bid.copy().",
        purity.no_mutation, _SOME,
    ),
    Check(
        204, FORMED, "two of it do not know of each other",
        "Two accounts in one process would trade on each other's memory.",
        "Keep nothing on the class, in the module or in a cache of your own; yield a Note for what must last.",
        sharing.not_shared, ("crash",),
    ),
    Check(
        205, FORMED, "it imports the public SDK alone",
        "Whoever reaches past the SDK can send orders, write books or break with any release.",
        "Import names of allusr_sdk and allusr_sdk.settings; never kernel, execution, ledger or a broker's library.",
        purity.public_names,
    ),
    Check(
        206, FORMED, "it changes nothing outside itself",
        "A patched clock or gate changes what every other plugin and the kernel itself decide.",
        "Take the patch out; what the SDK does not let you say is a change to the SDK.",
        barriers.no_patches, ("calm",),
    ),
    # --- 3: determinism ---
    Check(
        301, DECIDING, "the same run gives the same journal, in another process too",
        "A run that cannot be repeated cannot be audited, replayed or debugged.",
        "Sort what comes out of sets; use no id(), hash() or object address in a decision.",
        determinism.repeatable, ("calm",),
    ),
    Check(
        302, FORMED, "a new object over the same journal goes on as the old one would",
        "The process is restarted at any instant, and what stood only in the object is gone: trades are repeated or "
        "forgotten.",
        "Yield a Note and read view.book.notes, or read positions and working orders from view.book.",
        determinism.resumable, _TURNS,
    ),
    Check(
        303, DECIDING, "nothing that comes later changes what it decides",
        "A backtest that has seen tomorrow's price promises profits that nobody will make.",
        "Ask view.market.bars only for days before view.session.day, and nothing that keeps what it saw.",
        foresight.no_lookahead, _SOME,
    ),
    Check(
        304, ("sleeve",), "from its warm-up on it does not matter when it was started",
        "Its backtest would be the story of a lucky first day.",
        "Decide on view, positions and history; declare warmup = N (sessions) on the class for what takes time.",
        warmup.settles,
    ),
    Check(
        305, DECIDING, "the order of rows, symbols and positions does not matter",
        "Vendors list contracts in an order of their own, so the same market would give other trades.",
        "Choose by a key that ends in the contract itself, as choose does; never take the first row that fits.",
        order.order_free, _SOME,
    ),
    # --- 4: discipline ---
    Check(
        401, ("sleeve",), "what it opens lies inside its bands and symbols",
        "The kernel quarantines a sleeve that leaves what it declared, and refuses the contract (KS-11).",
        "Choose by choose(view.side(...), view.bands[i], view) and yield what it picks.",
        bounds.inside_bands, EVERY,
    ),
    Check(
        401, ("protocol",), "what it answers reduces the position that it was asked about",
        "An exit that does not fit leaves the position alone, and the kernel freezes the sleeve (RULE-0).",
        "Close or roll position.contract, no more lots than are held, rolls of puts never to a higher strike.",
        protocols.fitting, ("crash", "gap_through_strike", "early_assignment"),
    ),
    Check(
        402, ("sleeve",), "nothing it asks for is without cash or shares behind it",
        "A naked option loses more than the account has (RULE-1).",
        "Write calls only where view.book.uncovered(symbol) > 0; leave lots out, or keep them within free cash.",
        discipline.secured, EVERY,
    ),
    Check(
        402, ("protocol",), "every position has an answer, and levels move between 0 and 3",
        "A position without an answer is one that nobody watches (RULE-3).",
        "Let respond yield at least a Skip with verdict hold; let assess return None only without a price.",
        protocols.answers, _SOME,
    ),
    Check(
        403, ("sleeve",), "LQ-1 is asked of the market's own quote",
        "A quote that was touched up passes the guards and is filled at the market's real, wide price.",
        "Pass on the quote that the chain gave; leave bid, ask, volume and open interest alone.",
        discipline.honest_quotes, ("calm", "thin_chain", "feed_trouble"),
    ),
    Check(
        404, ("sleeve",), "what a switch stopped is not made up for on its release",
        "All that was not sold in a week of SAFE, sold in the first quiet minute, is the position that SAFE was for.",
        "Size each entry on this instant's books; keep no account of what was refused.",
        discipline.obedient, ("crash", "vix_66", "vix_81"),
    ),
    Check(
        405, ("sleeve",), "calls stay over their basis, and called shares come back by a put after settlement",
        "A call under basis locks a loss in; a put on money that has not settled has no cash behind it (CC-5, CAD-9).",
        "Ask wheel.due or wheel.barred before a put, and wheel.pick for calls, or do as they do.",
        exits.called_away, ("calm", "early_assignment"),
    ),
    Check(
        406, DECIDING, "each fresh symbol gets an intent or a skip, under a rule that somebody can read",
        "What has no reason cannot be explained to the person whose money it is (RULE-3).",
        "Yield view.skip(symbol, RULE, why) where you do nothing; explain rules of your own in docstring or README.",
        reasons.reasoned, EVERY,
    ),
    # --- 5: robustness ---
    Check(
        501, DECIDING, "bad data raise nothing, and no order rests on them",
        "Feeds break in the worst hour; a sleeve that raises then is quarantined, and one that trades on zeros loses.",
        "Let choose pick, or ask quote.sound; take nothing of a symbol for which view.fresh is None.",
        robustness.bad_data, ("calm",),
    ),
    Check(
        502, ("sleeve",), "a bad broker brings no fault, no double order and no break in the books",
        "Orders are rejected, half filled and acknowledged late every week of a real account.",
        "Believe view.book, never that what you asked for was done; ask positions.get(key), not positions[key].",
        robustness.bad_broker,
    ),
    Check(
        503, ("sleeve",), "holidays, half days and the change of clocks raise nothing",
        "The week without a Friday comes every year, and so does the close at 13:00.",
        "Take the week's last session from view.week[-1] and expiries from view.expiries(symbol).",
        robustness.odd_calendars,
    ),
    Check(
        504, ("sleeve",), "no cash, a hundred dollars and fifty million raise nothing, with one symbol or many",
        "Accounts start small, grow, and stand at zero free cash every day on which all of it is deployed.",
        "Divide by nothing that can be zero; yield a skip where not even one contract fits.",
        robustness.extremes,
    ),
    Check(
        505, ("sleeve",), "no view that can be raises or breaks a promise",
        "The view that nobody thought of comes on the day on which nobody looks.",
        "The text below is the smallest view that Hypothesis found; make a test of it.",
        fuzz.fuzzed, ("calm",),
    ),
    # --- 6 and 7: parity and budgets ---
    Check(
        601, ("sleeve", "protocol"), "paper decides as the backtest did",
        "A backtest says nothing of a plugin that trades otherwise outside it.",
        "Look at nothing but the view: it is the same in every mode.",
        parity.same_in_paper, ("calm",),
    ),
    Check(
        701, ("sleeve",), "500 contracts are looked at in the time of a few choices",
        "The loop asks every plugin every five minutes; a slow one makes quotes old before orders rest on them.",
        "Work on the chain's columns (numpy) and make Quote values only of what is picked.",
        budgets.quick,
    ),
    Check(
        702, ("sleeve", "protocol", "ladder"), "250 cycles leave no memory behind",
        "A process that grows all week is killed by its machine on a Thursday at 15:50.",
        "Keep no views, chains or answers on the object, and no cache without a bound.",
        budgets.lean, ("calm",),
    ),
    *ladders.CHECKS_OF_LADDERS,
    *forks.CHECKS_OF_BOOKS,
    *markets.CHECKS_OF_MARKETS,
    *brokers.CHECKS_OF_BROKERS,
    *observers.CHECKS_OF_OBSERVERS,
)  # fmt: skip
