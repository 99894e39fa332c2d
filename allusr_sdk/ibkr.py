"""How TWS or its gateway is reached, and how long it is waited for: the table [ibkr]."""

from allusr_sdk.settings import setting, settings


@settings
class Ibkr:
    """[ibkr], read where the broker is `ibkr`"""

    host: str = setting(default="127.0.0.1", help="Machine on which TWS or the gateway runs.")
    port: int = setting(default=7497, ge=1, le=65535, help="Port of its API: 7497 or 4002 paper, 7496 or 4001 live.")
    client_id: int = setting(
        default=71,
        ge=1,
        le=999_999,
        help="Client id, for ever the same: orders belong to it. 0 would bind manual orders.",
    )
    account: str = setting(default="", help="Account that is traded; empty: that of [broker], or the login's only one.")
    permissions: tuple[str, ...] = setting(
        default=("shares", "options"), help="What the account is permitted to trade, which IBKR's API does not tell."
    )
    seconds: float = setting(default=10.0, ge=0.1, le=120, unit="s", help="A request that takes longer has no answer.")
    heartbeat: float = setting(
        default=15.0, ge=0.1, le=300, unit="s", help="How often a gateway is asked whether it lives."
    )
    retry: float = setting(
        default=1.0, ge=0.05, le=60, up_to="retry_most", unit="s", help="First wait before it is connected again."
    )
    retry_most: float = setting(
        default=60.0, ge=0.05, le=600, unit="s", help="Longest wait; each is twice the one before."
    )
    acknowledged: float = setting(
        default=10.0,
        ge=0.1,
        le=120,
        unit="s",
        help="An order that is not acknowledged within it is told and asked for.",
    )
    grace: float = setting(
        default=2.0,
        ge=0,
        le=60,
        unit="s",
        help="A cancel is final when no fill came for so long: one may come after it.",
    )
    fees: float = setting(
        default=2.0,
        ge=0,
        le=60,
        unit="s",
        help="How long an execution waits for its commission before it is told without.",
    )
    settle: float = setting(
        default=3.0, ge=0, le=120, unit="s",
        help="Positions and cash that executions do not explain are told when they stand unchanged for so long.",
    )  # fmt: skip
    zone: str = setting(default="America/New_York", help="Time zone of the machine on which the gateway runs.")
    restart: str = setting(default="23:45", help="When the gateway restarts itself each day, HH:MM by its own clock.")
    restart_minutes: int = setting(
        default=20, ge=0, le=240, unit="min", help="How long that outage may take before it is told."
    )
    data_client: int = setting(
        default=72, ge=1, le=999_999, help="Client id of the market's own connection (--market ibkr); not client_id."
    )
    emergency_client: int = setting(
        default=73, ge=1, le=999_999, help="Client id of `allusr halt --everything`, beside an engine's connections."
    )
    lines: int = setting(
        default=90,
        ge=3,
        le=1000,
        help="Market data lines that are used at most: this process's share of those of the login.",
    )
    login_lines: int = setting(
        default=100,
        ge=3,
        le=10_000,
        help="Market data lines that the login has; `allusr doctor` sums up what accounts take of them.",
    )
    strikes: int = setting(
        default=10, ge=2, le=60, help="Options of one underlying that are quoted at most, beside what is held."
    )
    grid: int = setting(
        default=5,
        ge=0,
        le=5,
        unit="min",
        help="Minutes between two instants; 0 for one at each new stamp of a simulator that serves snapshots.",
    )
    stale: float = setting(
        default=5.0, ge=1, le=60, unit="s", help="A share whose last trade is older is not fresh (CAD-7, KS-11.9)."
    )
    look: float = setting(
        default=0.5, ge=0.01, le=5, unit="s", help="How often the gateway is asked for its time between two instants."
    )
    answer: float = setting(
        default=1.0, ge=0.05, le=3, unit="s", help="How long an instant waits for the first values of new lines."
    )
