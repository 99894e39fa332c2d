"""Many jobs beside one another, on processes of this machine or on a Ray cluster; results come as they are ready."""

import gc
import os
from collections import deque
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack
from functools import lru_cache
from multiprocessing import connection, get_context
from signal import SIG_IGN, SIGINT, signal
from typing import TYPE_CHECKING, cast

from attrs import define

from allusr_sdk.errors import InputError
from allusr_sdk.trials.failed import Failed, failed, told

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess


def each[J, R](
    work: Callable[[J], R], jobs: Sequence[J], *, ray: str | None = None, workers: int | None = None
) -> Generator[tuple[int, R | Failed]]:
    """The result of each job with the job's place in `jobs`, in whatever order they become ready.

    Local workers are spawned: nothing of this process leaks into them, and each pays for its start and imports once.
    One that dies takes only the job that it had with it, and another is started in its place. Whoever leaves the
    iterator early ends the workers.

    Args:
        work: of a module, so that it can be pickled; pure, so that neither number nor order of workers tells.
        jobs: plain frozen values.
        ray: the address of a Ray cluster, `auto` for the one of this machine, `local` to begin one; None for processes.
        workers: how many at a time; the machine's processors (the cluster's, on Ray) if left out, 0 for this process.

    Raises:
        InputError: a negative number of workers; no Ray, or no cluster at its address.
    """
    if workers is not None and workers < 0:
        raise InputError(f"--workers {workers}: give 1 or more, or 0 for this process alone")
    if ray is not None:
        from allusr_sdk.trials.cluster import on_ray

        return on_ray(work, jobs, ray, workers)
    if workers == 0:
        return ((place, told(work, job)) for place, job in enumerate(jobs))
    return _local(work, jobs, min(workers or processors(), len(jobs)))


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@lru_cache(maxsize=1)
def settled() -> None:
    """Once a process: what the imports made lives as long as it does."""
    gc.set_threshold(50_000, 20, 50)
    gc.freeze()


@define(eq=False)
class _Worker[J, R]:
    """A process with the end of its pipe, and the place of the job that it has."""

    process: "SpawnProcess"
    pipe: "connection.Connection[object, object]"
    place: int = -1

    @classmethod
    def start(cls, work: Callable[[J], R]) -> "_Worker[J, R]":
        """Spawn one. A pipe each, not one queue for all: so it is known whose job died with a worker."""
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(work, theirs), daemon=True)
        process.start()
        theirs.close()
        return cls(process, ours)

    def give(self, place: int, job: J) -> None:
        """Hand over a job; a worker that is dead already shows at its answer."""
        self.place = place
        try:
            self.pipe.send(job)
        except OSError:
            return

    def answer(self) -> "tuple[R | Failed] | None":
        """What it made of its job, alone in a tuple; None where it died with it."""
        try:
            return cast("tuple[R | Failed]", self.pipe.recv())
        except (EOFError, OSError):
            return None

    def end(self) -> None:
        """End it, whatever it does."""
        self.pipe.close()
        self.process.kill()
        self.process.join()
        self.process.close()

    def died(self) -> Failed:
        """How it came to its end."""
        self.process.join()
        code = self.process.exitcode or 0
        how = f"signal {-code}, perhaps for want of memory" if code < 0 else f"exit code {code}"
        return Failed(f"its process ended by {how}", lost=True)


def _local[J, R](work: Callable[[J], R], jobs: Sequence[J], count: int) -> Generator[tuple[int, R | Failed]]:
    waiting = deque(enumerate(jobs))
    with ExitStack() as stack:
        busy = dict[object, _Worker[J, R]]()

        def start() -> None:
            worker = _Worker.start(work)
            stack.callback(worker.end)
            worker.give(*waiting.popleft())
            busy[worker.pipe] = worker

        for _ in range(count):
            start()
        while busy:
            for pipe in connection.wait([worker.pipe for worker in busy.values()]):
                worker = busy[pipe]
                place, answer = worker.place, worker.answer()
                if answer is not None and waiting:
                    worker.give(*waiting.popleft())
                else:
                    del busy[pipe]
                if answer is None and waiting:
                    start()
                yield place, worker.died() if answer is None else answer[0]


def _serve[J, R](work: Callable[[J], R], pipe: "connection.Connection[object, object]") -> None:
    """A worker's life: a job, its answer, the next; over when the other end is gone, however that came about."""
    signal(SIGINT, SIG_IGN)  # a person's Ctrl-C reaches the whole group; the parent ends its workers itself
    while True:
        try:
            job = cast("J", pipe.recv())
        except (EOFError, OSError):
            return
        answer = told(work, job)
        try:
            pipe.send((answer,))
        except OSError:
            return
        except Exception as error:  # a result that cannot be pickled is a failed job, no dead worker
            pipe.send((failed(error),))
