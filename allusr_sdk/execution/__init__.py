"""The nautilus side: one Strategy that hosts the kernel, in an engine or, over a broker, a live node that we step.

What is used beyond nautilus's public interface, each pinned by a test in tests/execution: the message-bus endpoints
`SimulatedExchange.process_new_quote.<VENUE>`, `DataEngine.process` and `ExecEngine.process`; the `-LEG-` rule by which
an order-less fill is accepted; the settlement tags `EXPIRATION_<VENUE>_*`; `InstrumentClose` as the trigger of option
settlement from the last trade of the underlying. Over a broker (`node`): the topic `commands.system.shutdown`, on which
nautilus says why it stops, and `Strategy.register`, by which the desk gets the market's clock.
"""
