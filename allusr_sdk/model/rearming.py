"""The person who re-arms in a simulated run: nobody looks there, and a policy is stated in that person's place."""

from collections.abc import Mapping

NEVER, WEEKLY, DAILY = "never", "weekly", "daily"
LOOKS: Mapping[str, str] = {WEEKLY: "on the first session of each week", DAILY: "on each session"}
"""When somebody is assumed to look, at 09:31."""

REASON = "stated policy, nobody looked"
_HEAD = "nobody looked: a person is assumed who re-arms at 09:31"


def actor(policy: str) -> str:
    """Who re-arms, as the journal names it: no person, but what was stated."""
    return f"policy run.rearm={policy}"


def stated(policy: str) -> str:
    """The policy in words; empty where nobody re-arms."""
    if policy not in LOOKS:
        return ""
    return f"{_HEAD} {LOOKS[policy]}, where the rules let one (KS-7, run.rearm = {policy})"


def rearmed(said: str) -> str:
    """The heading of everything that rests on a stated policy; empty where there is none."""
    return f"RE-ARMED BY POLICY: {said}" if said else ""


def is_stated(text: str) -> bool:
    """Whether a text of the journal is such a policy."""
    return text.startswith(_HEAD)
