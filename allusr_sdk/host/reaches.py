"""What plugins may reach for, by what they do: tables, and the reason that a refusal gives."""

from collections.abc import Mapping

DECIDING = frozenset({
    "allusr_sleeves", "allusr_protocols", "allusr_ladders", "allusr_forks", "allusr_screen", "allusr_halt",
})  # fmt: skip

_ENGINE = "which is the engine's own: what a plugin may know is in its arguments, what it wants is an intent"
_BROKER = "which talks to a broker: answer with an intent, the kernel sends it (allusr_brokers brings brokers)"
_DATABASE = "which is a database: the books are in the view, what must last is a Note"
_NETWORK = "which reaches the network: bring facts by a market or earnings plugin of its own, read them in the view"
_APART = "which leaves the one thread of the pass: answer at once, from settings and view"
_ROUND = "which gets round what plugins may import: import what you use by name"

BUILT_IN = frozenset({"__import__", "__builtins__", "eval", "exec", "compile", "object"})
FRAMES = ("__globals__", "__subclasses__", "f_back", "f_globals", "f_locals", "tb_frame", "gi_frame")

# The longest prefix decides; an empty reason allows.
_EVERYBODY: Mapping[str, str] = {"allusr_sdk.kernel": _ENGINE, "allusr_sdk.execution": _ENGINE}
_DECIDING: Mapping[str, str] = {
    **dict.fromkeys(
        ("allusr_sdk.ledger", "allusr_sdk.host", "allusr_sdk.cli", "allusr_sdk.config", "allusr_sdk.governance"),
        _ENGINE,
    ),
    **dict.fromkeys(("ib_async", "ib_insync", "ibapi", "nautilus_trader"), _BROKER),
    **dict.fromkeys(("sqlalchemy", "alembic", "psycopg", "sqlite3"), _DATABASE),
    **dict.fromkeys(
        ("socket", "socketserver", "ssl", "http", "urllib.request", "urllib3", "requests", "httpx", "aiohttp", "ftplib",
         "smtplib", "websockets"), _NETWORK
    ),
    **dict.fromkeys(
        ("subprocess", "threading", "_thread", "multiprocessing", "concurrent", "asyncio", "signal", "sched",
         "os.system", "os.popen", "os.fork", "os.kill", "os._exit", "os.execv", "os.posix_spawn"), _APART
    ),
    **dict.fromkeys(
        ("importlib", "__import__", "__builtins__", "builtins", "eval", "exec", "compile", "ctypes", "cffi", "gc",
         "runpy", "pkgutil", "sys.modules", "sys._getframe", "sys._current_frames", "sys.settrace", "sys.monitoring",
         "inspect.currentframe", "inspect.stack", "object.__setattr__", *FRAMES), _ROUND
    ),
    "importlib.metadata": "", "importlib.resources": "",
}  # fmt: skip


def reason(name: str, hooks: frozenset[str]) -> str:
    """Why a plugin with these hooks must not reach for a name, or an empty text; without any it counts as deciding."""
    reasons = {**_EVERYBODY, **_DECIDING} if hooks & DECIDING or not hooks else _EVERYBODY
    while name:
        if name in reasons:
            return reasons[name]
        name = name.rpartition(".")[0]
    return ""
