"""What a replay's kernel remembers from one pass to the next, beside its books."""

from collections.abc import Sequence

from attrs import define, field

from allusr_sdk.execution.unlike import Subject, about
from allusr_sdk.kernel.cycle import Kernel
from allusr_sdk.model.events import Decided, Event, Filled, OrderChanged, PluginFaulted


@define(eq=False)
class Memory:
    """What the kernel remembers beside its books: decisions that stand, plugins that are blind or stopped.

    After a pass that went otherwise it remembers what the stored run did.
    """

    kernel: Kernel
    stands: dict[Subject, Decided] = field(factory=dict)
    _blind: dict[str, str] = field(factory=dict)
    _stopped: dict[str, str] = field(factory=dict)

    def hear(self, events: Sequence[Event]) -> None:
        """What was said between two passes: answers to a person's word stand, and so does what was stopped."""
        answers = [e for e in events if isinstance(e, Decided) and e.verdict in ("refuse", "hold") and not e.symbol]
        self.kernel.recall(answers, ())
        self.keep(answers)
        for event in events:
            if isinstance(event, PluginFaulted) and event.stopped:
                self.stop(event)
            elif isinstance(event, OrderChanged | Filled):
                self.kernel.contained()

    def stop(self, fault: PluginFaulted) -> None:
        """A plugin was stopped."""
        self.kernel.recall((), (fault,))
        self.kernel.scribe.contained = True

    def begin(self) -> None:
        """A pass begins."""
        self._blind, self._stopped = dict(self.kernel.host.quarantined), dict(self.kernel.host.stopped)

    def keep(self, stored: Sequence[Event]) -> None:
        """A pass went as it is stored."""
        self.stands |= {about(event): event for event in stored if isinstance(event, Decided)}

    def recall(self, stored: Sequence[Event]) -> None:
        """A pass went otherwise: remember what is stored."""
        kernel, host = self.kernel, self.kernel.host
        self.keep(stored)
        host.take_faults()
        for plugin in (*host.quarantined, *host.stopped):
            host.release(plugin)
        for plugin, why in self._blind.items():
            host.quarantine(plugin, why)
        for plugin, why in self._stopped.items():
            host.stop(plugin, why)
        kernel.scribe.forget()
        kernel.recall(self.stands.values(), (e for e in stored if isinstance(e, PluginFaulted)))
