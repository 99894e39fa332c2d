"""VIX as a session knows it: confirmed at the open (CAD-14), and on its way to the close for the model's prices."""

from functools import cached_property

import numpy as np
from attrs import frozen

from allusr_sdk.market.bars import DailyBars
from allusr_sdk.market.synthetic import model as m
from allusr_sdk.model.calendar import Session
from allusr_sdk.model.chains import Floats


@frozen(eq=False, slots=False)
class Climate:
    """The level of VIX by session, from daily bars."""

    bars: DailyBars

    def at_open(self, session: Session) -> float | None:
        """VIX as it is confirmed once the session has opened; None where nothing newer than three sessions is known."""
        if session.day not in self._opens:
            known = self.bars.vix(session.open)
            self._opens[session.day] = None if known is None else known.value
        return self._opens[session.day]

    def deviation(self, session: Session, clock: Floats) -> Floats | None:
        """Log-deviation of market volatility from its mean by mark: from the open's VIX to the close's, evenly.

        The day's own bar is all that it looks at. Without a close VIX stays where it opened; None without any.
        """
        start = self.at_open(session)
        if start is None:
            return None
        today = self.bars.on("VIX", session.day)
        end = start if today is None else today.close
        drift: Floats = np.log(start / m.MEAN_VIX) + np.log(end / start) * clock
        return drift

    @cached_property
    def _opens(self) -> dict[object, float | None]:
        return {}
