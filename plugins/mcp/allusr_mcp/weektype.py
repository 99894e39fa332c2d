"""The week's type: now, in the past, and what was forecast of the next one."""

from collections.abc import Mapping

from allusr_mcp.accounts import Account
from allusr_mcp.outlook import final, told
from allusr_sdk.model.calendar import NEW_YORK, iso_week
from allusr_sdk.office.advice import AdviceLog, Standing, standings

NEEDED = 50
"""Final weeks that a forecast takes (WK-6)."""


def week_type(account: Account, weeks: int) -> Mapping[str, object]:
    """The running week's records, the account's last weeks, and probabilities where an advice tells them."""
    run = account.followed.run
    now = iso_week(run.instant.astimezone(NEW_YORK).date())
    records = account.followed.facts.weeks
    return {
        "week": now, "now": [record for record in records if record.week == now],
        "now_is": "typed at the week's last close (provisional), final after the next session's reconciliation",
        "history": sorted((r for r in records if not r.ledger), key=lambda r: r.week)[-weeks:],
        "probabilities": _probabilities(account),
    }  # fmt: skip


def _probabilities(account: Account) -> Mapping[str, object]:
    done = final(account)
    if len(done) < NEEDED:
        return {"advisory": True, "unknown": f"{len(done)} weeks are final, a forecast takes {NEEDED} (WK-6)"}
    run = account.followed.run
    given = AdviceLog(account.followed.ledger).given
    ahead = [
        g for g in given
        if (g.event.run, g.event.outcome) == (run.id, "week-type") and g.event.about > done[-1].week
    ]  # fmt: skip
    if not ahead:
        return {
            "advisory": True, "unknown": "none was written of a week that is not final: `allusr advise week-type` does",
        }  # fmt: skip
    return {**told(ahead[-1]), "scores": [_score(s) for s in standings(given) if s.topic == ahead[-1].event.topic]}


def _score(found: Standing) -> Mapping[str, object]:
    return {
        "measure": found.measure, "score": found.score, "naive": found.naive, "naive_is": found.method,
        "forecasts": found.count, "in_hindsight": found.hindsight, "verdict": found.verdict,
    }  # fmt: skip
