"""Every error that the project raises on purpose, and what the kernel or the command line does next.

AllusrError                    one line: what, where, what to do
├── InputError         exit 2  bad input: a file, a folder, an option; nothing was written
│   ├── DataError              a market file that cannot be read as what it claims to be
│   ├── SettingsError          one or more settings; all problems at once
│   ├── RuleError              a fixed rule would be loosened, or a rule or value is unknown
│   └── PluginError            a selected plugin cannot be found, imported or registered
├── StateRefusal       exit 3  the state (halted, paused, not armed) does not permit it
├── BreakError         exit 4  books and broker, or the journal and its hashes, disagree
├── BrokerSilent       exit 1  no answer from a broker: what was asked for may have been done, so nothing is sent again
└── KernelError        exit 1  an invariant of our own does not hold; nothing more is sent
    └── Unbalanced             an entry whose debits and credits differ is never written
"""

from collections.abc import Sequence


class AllusrError(Exception):
    """Root of all errors raised on purpose; `exit_code` is what the command line ends with."""

    exit_code = 1


class InputError(AllusrError):
    """The caller gave something that cannot be used."""

    exit_code = 2


class DataError(InputError):
    """A data file or folder is missing, damaged or not of the promised form."""


class SettingsError(InputError):
    """Settings that do not fit; `problems` has one line for each, `str()` joins them with '; '."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems: tuple[str, ...] = tuple(problems)
        super().__init__("; ".join(self.problems))


class RuleError(InputError):
    """A rule was asked for something that it forbids; the message begins with the rule's id."""


class PluginError(InputError):
    """A selected plugin cannot be used; `plugin` is its entry-point name."""

    def __init__(self, plugin: str, problem: str) -> None:
        self.plugin = plugin
        super().__init__(f"plugin {plugin}: {problem}")


class StateRefusal(AllusrError):
    """The state machine or a kill switch does not permit what was asked."""

    exit_code = 3


class BreakError(AllusrError):
    """Two records of the same fact disagree."""

    exit_code = 4


class BrokerSilent(AllusrError):
    """A broker did not answer: it is unknown what became of what it was asked for (RULE-2)."""


class KernelError(AllusrError):
    """An invariant of the kernel does not hold."""


class Unbalanced(KernelError):
    """The lines of an entry do not sum to zero in some ledger."""
