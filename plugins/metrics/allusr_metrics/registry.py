"""The values of the last look as Prometheus collects them."""

from collections.abc import Iterator, Mapping

from attrs import define
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from allusr_metrics.seen import FAMILIES, Family, Value


@define(eq=False)
class Board:
    """What was measured last, by account. Set as a whole in one thread and collected in another."""

    seen: Mapping[str, tuple[Value, ...]]

    def collect(self) -> Iterator[Metric]:
        """Every family that has a value."""
        seen = self.seen
        for name, family in FAMILIES.items():
            made = _made(name, family)
            for account, values in seen.items():
                for _, labels, value in (one for one in values if one[0] == name):
                    made.add_metric([account, *(labels[label] for label in family.labels)], value)
            if made.samples:
                yield made


def registry(board: Board) -> CollectorRegistry:
    """A registry of its own, with a board and nothing of the process that tells it."""
    made = CollectorRegistry(auto_describe=False)
    made.register(board)
    return made


def _made(name: str, family: Family) -> GaugeMetricFamily | CounterMetricFamily:
    kind = CounterMetricFamily if family.counter else GaugeMetricFamily
    return kind(name, family.help, labels=("account", *family.labels))
