"""What happens to a simulated TWS while the market of a run goes on: its clock, its nights, and what a test planned."""

import json
from datetime import UTC, datetime, time

from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.testing.tws import Control, Fault

FOLDER = "ALLUSR_TWS"
"""Environment variable with a folder: `tws.ports` of the simulator, and `plans`, a list of what is to happen when."""
ACCOUNT = "DU1"
RESTART = time(23, 45)


class Happening:
    """Moves the simulator. Each plan happens once at most, whichever engine comes to it."""

    def __init__(self, folder):
        self._control = Control(folder / "tws.ports", timeout=30)
        plans = json.loads((folder / "plans").read_text())
        self._plans = sorted(((datetime.fromisoformat(at), verb, given) for at, verb, given in plans), key=_due)
        self._done = folder / "done"
        self._control.up()  # the engine before this one may have died while it was down
        self._now = self._control.now()

    def arrive(self, at):
        """Come to an instant of the market; what is planned until then has happened."""
        if at <= self._now:
            return
        behind = len(self._done.read_text()) if self._done.exists() else 0
        for due, verb, given in self._plans[behind:]:
            if due > at:
                break
            with self._done.open("a") as file:
                file.write(".")
            self._move(due)
            getattr(self, f"_{verb}", getattr(self._control, verb, None))(**given)
        self._move(at)

    def _move(self, at):
        """Let time pass; at a quarter to midnight the gateway goes down, and is back in the morning."""
        evening = datetime.combine(self._now.astimezone(NEW_YORK).date(), RESTART, NEW_YORK).astimezone(UTC)
        if self._now < evening < at:
            self._control.advance(evening)
            self._control.down()
        self._now = max(self._now, self._control.advance(at))
        self._control.up()

    def _fault(self, **given):
        self._control.fault(Fault(**given))

    def _assign(self, told):
        """Half of the first put that is short, if one is."""
        short = {name: -held for name, held in self._control.account(ACCOUNT).holdings.items() if held < 0}
        for name in sorted(each for each in short if each[12:13] == "P"):
            self._control.assign(ACCOUNT, name, (short[name] + 1) // 2, told=told)
            return


def _due(plan):
    return plan[0]
