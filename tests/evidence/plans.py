"""Which runs the page of evidence rests on: two sets of bars, each run in several ways, and months of two crashes."""

from datetime import date

from attrs import evolve, frozen

NAMES = ("AAPL", "AMZN", "GOOG", "GOOGL", "META", "MSFT", "NVDA", "TSLA")
EXEMPT = ("SPY", "QQQ", "IWM", "SPX", "XSP", "VIX", *NAMES)
REARM = "weekly"
_OUT_OF_REACH = 1000


@frozen
class Window:
    """Months in which the VIX passed the kill switches' thresholds; all days included.

    Accounts that begin on `begun` show them as well: after years of a run a sleeve may rest for other reasons.
    """

    key: str
    title: str
    first: date
    last: date
    begun: date
    ended: date


@frozen(kw_only=True)
class Way:
    """A way to run a period: loosened rules, and plugins where they are not those that run by default."""

    key: str
    title: str
    what: str
    loosened: tuple[str, ...] = ()
    plugins: str = ""


@frozen(kw_only=True)
class Bars:
    """A set of daily bars, the period that is run over it, in which ways, and beside which curves that are held."""

    key: str
    title: str
    folder: str
    symbols: tuple[str, ...]
    first: date
    last: date
    held: tuple[str, ...] = ()
    ways: tuple[str, ...] = ("main", "unswitched", "bare", "strict")
    windows: tuple[Window, ...] = ()


CRASH_2008 = Window("2008", "September 2008 to June 2009", date(2008, 9, 2), date(2009, 6, 30),
                    date(2008, 8, 1), date(2009, 12, 31))  # fmt: skip
CRASH_2020 = Window("2020", "20 February to June 2020", date(2020, 2, 20), date(2020, 6, 30),
                    date(2020, 1, 2), date(2020, 12, 31))  # fmt: skip

_EARNINGS = f"cc_3.exempt=[{','.join(f'"{name}"' for name in EXEMPT)}]"
_VIX = tuple(f"ks_1.{tier}={_OUT_OF_REACH}" for tier in ("hedged", "safe", "halt"))

MAIN = Way(key="main", title="Rules, reports ignored", loosened=(_EARNINGS,),
           what="CC-3 loosened: single names are traded through their reports as funds are")  # fmt: skip
UNSWITCHED = Way(key="unswitched", title="Without VIX switches", loosened=(_EARNINGS, *_VIX),
                 what=f"CC-3 loosened, and KS-1's thresholds at {_OUT_OF_REACH}, which no VIX reaches")  # fmt: skip
BARE = Way(key="bare", title="Without protocol", loosened=(_EARNINGS,), plugins="gen_acc,rev_acc,com_acc",
           what="CC-3 loosened, and no protocol: nothing watches a position, rolls it, stops it or hedges")  # fmt: skip
STRICT = Way(key="strict", title="Rules, no report dates",
             what="nothing loosened: without dates single names get no put, calls on half their shares")  # fmt: skip
UNPIVOTED = Way(key="unpivoted", title="Without pivot", loosened=(_EARNINGS, "ord_3.drawdown=1"),
                what="CC-3 loosened, and ORD-3's drawdown at 100 %, which no sleeve that lives reaches")  # fmt: skip
WAYS = (MAIN, UNSWITCHED, UNPIVOTED, BARE, STRICT)

SETS = (
    Bars(key="lean", title="Five underlyings, 1998 to 2021", folder="data/lean",
         symbols=("SPY", "QQQ", "IWM", "AAPL", "GOOG"), first=date(1998, 1, 2), last=date(2021, 3, 31),
         held=("hold_SPY", "hold_AAPL"), ways=tuple(way.key for way in WAYS), windows=(CRASH_2008, CRASH_2020)),
    Bars(key="mag7", title="Mag-7, 2013 to 2023", folder="data/daily",
         symbols=("AAPL", "AMZN", "GOOGL", "META", "MSFT", "NVDA", "TSLA"), first=date(2013, 1, 2),
         last=date(2023, 12, 29), held=("hold",), windows=(CRASH_2020,)),
)  # fmt: skip


def fresh(bars: Bars, window: Window) -> Bars:
    """The same bars under an account that begins shortly before a window."""
    title = f"{bars.title}, begun {window.begun}"
    return evolve(bars, key=f"{bars.key}-{window.key}", title=title, first=window.begun, last=window.ended, windows=())


def words(bars: Bars, way: Way, shared: str) -> tuple[str, ...]:
    """The command line of one run, without where its ledger lies."""
    market, daily = f"{shared}/{bars.folder}", f"{shared}/data/daily"
    loosened = (word for rule in way.loosened for word in ("--what-if", rule))
    plugins = ("--plugins", way.plugins) if way.plugins else ()
    return ("backtest", *plugins, "--market", f"replay:{market}", "--daily", daily, "--symbols", ",".join(bars.symbols),
            "--from", f"{bars.first}", "--to", f"{bars.last}", "--rearm", REARM, *loosened,
            "--alone")  # fmt: skip
