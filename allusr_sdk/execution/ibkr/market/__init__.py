"""`--market ibkr`: a gateway's data as a market, within a budget of market data lines.

`values` cleans what a line tells, `lines` is the budget, `listing` and `history` ask once a day, `strikes` says which
options are quoted, `watch` has them and says why an underlying is not fresh, `shown` is one of them at an instant, and
`source` makes views. It lies in `execution`, for no floor below may know a broker's library.
"""

from allusr_sdk.execution.ibkr.market.source import IbkrMarket as IbkrMarket
