"""What a person tells the kernel: kill, resume, re-arm, audit, explain, maintenance (KS-6, KS-7, RECON; part 1.6).

Every command may be given twice: where it has nothing left to do it does nothing. One that is not possible is journaled
as refused and raises.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

from allusr_sdk.errors import InputError, StateRefusal
from allusr_sdk.kernel import freezes
from allusr_sdk.kernel.scene import Scene, switches_of
from allusr_sdk.kernel.states import State
from allusr_sdk.kernel.switches import graver, known_vix, tier_of, unknown_vix
from allusr_sdk.kernel.vix import calm, last_closes
from allusr_sdk.model.events import Mended
from allusr_sdk.model.intents import Veto
from allusr_sdk.settings import nearest

if TYPE_CHECKING:
    from allusr_sdk.kernel.cycle import Kernel

_SYSTEM = "system"
EVERY = "*"


def _known(command: "Command", attribute: object, action: str) -> None:
    if action not in ACTIONS:
        raise InputError(f"command {action}: unknown; {nearest(action, ACTIONS)}")


@frozen(kw_only=True)
class Command:
    """A person's word.

    Attributes:
        at: the instant from which it holds, aware.
        action: `kill`, `resume`, `rearm`, `audit`, `explain`, `upgrade` or `upgraded`.
        ledger: the sleeve that a kill, resume or re-arm is for; empty for the account, `*` for it and every ledger.
        actor, reason: who says so, and why. A resume, a re-arm and an explanation need both.
        closes: whether protective closes go on after a kill; without them everything halts.
        subject: the break that is explained: its code, and after a space its subject.
    """

    at: datetime
    action: str = field(validator=_known)
    ledger: str = ""
    actor: str = ""
    reason: str = ""
    closes: bool = True
    subject: str = ""


def obey(command: Command, kernel: "Kernel") -> None:
    """Do what a person says. Raises `StateRefusal` where it is not possible, in one line."""
    kernel.scribe.at = command.at
    if command.ledger == EVERY:
        _each(command, kernel)
        return
    if command.ledger and command.ledger not in kernel.book.ledgers:
        _refuse(command, kernel, (f"there is no ledger {command.ledger}: {', '.join(kernel.book.ledgers)}",))
    ACTIONS[command.action](command, kernel)


def _each(command: Command, kernel: "Kernel") -> None:
    """The same for the account and for each ledger; one that refuses keeps none of the others."""
    refused = []
    for name in ("", *kernel.book.ledgers):
        try:
            obey(evolve(command, ledger=name), kernel)
        except StateRefusal as refusal:
            refused.append(f"{name or 'account'}: {refusal}")
    if refused:
        raise StateRefusal("; ".join(refused))


def _refuse(command: Command, kernel: "Kernel", reasons: tuple[str, ...], rule: str = "KS-7") -> None:
    why = "; ".join(reasons)
    kernel.scribe.refuse(command.ledger, "", rule, (Veto(rule, f"{command.action} refused: {why}"),), {})
    raise StateRefusal(f"{rule}: {command.action} refused: {why}")


# --- kill ----------------------------------------------------------------------------------------------------------


def _kill(command: Command, kernel: "Kernel") -> None:
    """SAFE, or HALT where nothing may be closed either; it wins over every state (KS-7)."""
    after = "SAFE" if command.closes else "HALT"
    if not graver(after, switches_of(kernel.book, command.ledger).get("USER", "NONE")):
        return
    kernel.throw(
        "USER", after, ledger=command.ledger, rule="KS-6 KS-7", reason=command.reason or "killed",
        actor=command.actor or "unknown", source="operator",
    )  # fmt: skip


# --- re-arm --------------------------------------------------------------------------------------------------------

# What a person's word moves, by cause: from which tiers, and where to (KS-4, KS-7, PE-11).
_REARMED = {
    "VIX": (("HALT",), "SAFE"),
    "GUARD": (("HALT",), "NONE"),
    "LOSS": (("SAFE",), "NONE"),
    "L3": (("SAFE", "HALT"), "NONE"),
    "USER": (("SAFE", "HALT"), "NONE"),
}
_RESUMED = {"USER": (("SAFE",), "NONE")}


def _rearm(command: Command, kernel: "Kernel") -> None:
    _lift(command, kernel, _REARMED)


def _resume(command: Command, kernel: "Kernel") -> None:
    """Lift a kill that let closes go on, and nothing else; a halt wants the re-arm by its name."""
    if switches_of(kernel.book, command.ledger).get("USER") == "HALT":
        _refuse(command, kernel, ("it is halted, not paused: re-arm it",))
    _lift(command, kernel, _RESUMED)


def _lift(command: Command, kernel: "Kernel", lifted: Mapping[str, tuple[tuple[str, ...], str]]) -> None:
    """HALT or kill -> SAFE -> RECONCILING, clean -> risk check -> confirmed -> SCANNING at the next cycle (KS-7)."""
    switches = switches_of(kernel.book, command.ledger)
    moves = [(cause, to) for cause, (tiers, to) in lifted.items() if switches.get(cause) in tiers]
    if frozen_by := freezes.freezing(kernel.book):
        _refuse(command, kernel, (f"books and broker disagree: {freezes.named(frozen_by)}",))
    if not moves:
        return
    if kernel.machine.state in (State.AUDIT, State.MAINTENANCE):
        _refuse(command, kernel, (f"the state is {kernel.machine.state}",))
    if reasons := (*_unsigned(command), *_unready(kernel, [cause for cause, _ in moves])):
        _refuse(command, kernel, tuple(reasons))
    if broken := kernel.broken():
        _refuse(command, kernel, (f"books and broker disagree: {broken}",))
    _walk(command, kernel)
    for cause, to in moves:  # all of them before the state is looked at: what still stands halts again
        kernel.board.throw(
            cause, to, ledger=command.ledger, rule="KS-4 KS-7" if cause == "VIX" else "KS-7", reason=command.reason,
            actor=command.actor, approver=command.actor, source="operator", **_basis(cause, kernel),
        )  # fmt: skip
    kernel.halt()


def _unsigned(command: Command) -> Iterator[str]:
    """A re-arm is a person's, and has a reason."""
    if command.actor in ("", _SYSTEM):
        yield "a person must sign it: give a name"
    if not command.reason.strip():
        yield "it needs a reason"


def _unready(kernel: "Kernel", causes: list[str]) -> Iterator[str]:
    """The risk check: VIX, data, cover; an account of cash and covered calls uses no margin (KS-7)."""
    if kernel.seen is None:
        yield "no market has been seen yet"
        return
    scene = kernel.board.scene(kernel.seen, asked=True)
    if veto := unknown_vix(scene.view, scene.rules):
        yield veto.why
    elif (value := known_vix(scene.view)) is not None and tier_of(value, scene.rules)[0] == "HALT":
        yield f"VIX {value:g} is above {scene.rules.number('KS-1.halt'):g}"
    if any("STALE" in switches_of(scene.book, name) for name in ("", *scene.book.ledgers)):
        yield "data is stale"
    yield from scene.uncovered()
    yield from _still(scene, causes)


def _still(scene: Scene, causes: list[str]) -> Iterator[str]:
    """What a cause itself asks for: closes, calm guards, stops that are done."""
    limit = scene.rules.number("KS-4.halt_closes")
    since = scene.view.calendar.before(scene.view.session.day).open
    if "VIX" in causes and not calm(scene, "KS-4.halt_closes", since=since):
        shown = ", ".join(f"{close:g}" for close in last_closes(scene)) or "unknown"
        yield f"two VIX closes under {limit:g} are needed, the last are {shown}"
    if "GUARD" in causes and scene.wishes:
        yield "; ".join(f"{h.rule} {h.why}" for h in scene.wishes)
    if "L3" in causes:
        yield from (f"{p.key} is still at level 3" for p in scene.book.positions if p.watch.level >= 3)


def _walk(command: Command, kernel: "Kernel") -> None:
    """The states on the way back, each journaled."""
    cause = f"re-armed by {command.actor}: {command.reason}"
    if kernel.machine.state is State.EMERGENCY:
        if command.ledger:
            return
        kernel.enter("rearmed", cause, rule="KS-7")
    kernel.rest()
    kernel.enter("reconcile", cause, rule="KS-7")
    kernel.enter("agreed", "books and broker agree", rule="KS-7")


def _basis(cause: str, kernel: "Kernel") -> dict[str, object]:
    """The readings behind a re-arm of the VIX switch (KS-8)."""
    if cause != "VIX" or kernel.seen is None:
        return {}
    closes = last_closes(kernel.board.scene(kernel.seen))
    limit = kernel.rules.number("KS-4.halt_closes")
    return {"value": closes[-1], "threshold": limit, "samples": tuple(f"{close:g}" for close in closes)}


# --- audit and explanation -----------------------------------------------------------------------------------------


def _audit(command: Command, kernel: "Kernel") -> None:
    """Reconcile now; entries stop until books and broker agree."""
    if kernel.machine.state is State.AUDIT:
        return
    if kernel.machine.state in (State.EMERGENCY, State.MAINTENANCE):
        _refuse(command, kernel, (f"the state is {kernel.machine.state}",), "RULE-0")
    kernel.rest()
    kernel.enter("audit", f"asked for by {command.actor or 'unknown'}: {command.reason}", rule="RULE-0")
    kernel.audit()


def _explain(command: Command, kernel: "Kernel") -> None:
    """Close a break in a person's name; no quantity changes, and it is found again where the broker's side changes."""
    code, _, about = command.subject.partition(" ")
    found = kernel.book.breaks.get((code, about))
    if found is None and kernel.book.explained.get((code, about)) is not None:
        return
    if reasons := tuple(_unsigned(command)):
        _refuse(command, kernel, reasons, "RECON")
    if found is None:
        stands = freezes.named(tuple(kernel.book.breaks.values())) or "none"
        _refuse(command, kernel, (f"no break {command.subject or '(unnamed)'} is open: {stands}",), "RECON")
        return
    kernel.scribe.write(Mended(
        rule=code, symbol=found.symbol, subject=about, how="explained", theirs=found.theirs, actor=command.actor,
        reason=command.reason,
    ))  # fmt: skip
    kernel.board.reconciled()
    if kernel.machine.state is State.AUDIT:
        kernel.audit()


# --- maintenance ---------------------------------------------------------------------------------------------------


def _upgrade(command: Command, kernel: "Kernel") -> None:
    """From SAFE to MAINTENANCE, in which no cycle decides; nothing may be working meanwhile."""
    state = kernel.machine.state
    if state is State.MAINTENANCE:
        return
    working = [key for ledger in kernel.book.ledgers.values() for key in ledger.working]
    if state in (State.EMERGENCY, State.AUDIT):
        _refuse(command, kernel, (f"the state is {state}",), "RULE-0")
    if working:
        _refuse(command, kernel, (f"{len(working)} orders are working: wait for them, or kill",), "RULE-0")
    kernel.rest()
    kernel.enter("upgrade", f"{command.actor or 'unknown'}: {command.reason}", rule="RULE-0")


def _upgraded(command: Command, kernel: "Kernel") -> None:
    """From MAINTENANCE back to SAFE."""
    if kernel.machine.state is State.MAINTENANCE:
        kernel.enter("upgraded", f"{command.actor or 'unknown'}: {command.reason}", rule="RULE-0")


ACTIONS: dict[str, Callable[[Command, "Kernel"], None]] = {
    "kill": _kill,
    "resume": _resume,
    "rearm": _rearm,
    "audit": _audit,
    "explain": _explain,
    "upgrade": _upgrade,
    "upgraded": _upgraded,
}
