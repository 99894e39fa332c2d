"""Before the first cycle a plugin's error refuses the run, on one line that leads into the plugin's own code."""

from collections.abc import Callable, Iterator
from types import TracebackType

from allusr_sdk.errors import PluginError
from allusr_sdk.host.guard import Fault, guarded, one_line
from allusr_sdk.host.tamper import Seal
from allusr_sdk.host.watch import Stopped


def demand[T](plugin: str, what: str, module: str, call: Callable[[], T]) -> T:
    """Call into a plugin and return the value, a generator's as a tuple.

    Args:
        plugin: its name; `module` its module, to find the guilty line.
        what: the beginning of the message, such as ``cannot be imported``.

    Raises:
        PluginError: the call raised anything at all, or replaced what is everybody's (`tamper.Seal`).
    """
    seal = Seal.taken()
    answer = guarded(plugin, what, call)
    if replaced := seal.mend():
        raise PluginError(plugin, f"{what}: it replaces {replaced}, which is everybody's: leave it as it is")
    if not isinstance(answer, Fault):
        return answer.value
    if isinstance(answer.cause, PluginError):
        raise answer.cause
    told = blame(answer.cause, module) if answer.cause is not None else answer.error
    raise PluginError(plugin, f"{what}: {told}") from answer.cause


def blame(error: BaseException, module: str) -> str:
    """File, line and error on one line: the deepest line of the plugin's own package that an exception went through."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}: {type(error).__name__}: {error.msg}"
    frames = [*_frames(error.__traceback__)]
    own = [f for f in frames if f[0].partition(".")[0] == module.partition(".")[0]]
    where = f"{own[-1][1]}: " if own else ""
    return where + (error.why if isinstance(error, Stopped) else one_line(error))


def _frames(found: TracebackType | None) -> Iterator[tuple[str, str]]:
    while found is not None:
        code = found.tb_frame.f_code
        yield str(found.tb_frame.f_globals.get("__name__", "")), f"{code.co_filename}:{found.tb_lineno}"
        found = found.tb_next
