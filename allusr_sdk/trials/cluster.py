"""Jobs as tasks of a Ray cluster. Ray is an optional extra: nothing of it is imported before someone asks for it."""

import logging
import os
import socket
from collections import deque
from collections.abc import Callable, Generator, Sequence
from types import ModuleType
from typing import cast

from allusr_sdk.errors import InputError
from allusr_sdk.trials.failed import Failed, told

LOCAL = "local"
"""The address that begins a cluster of this machine alone, which ends with the jobs."""

_QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",  # nothing is reported to anybody
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",  # else each worker under `uv run` would build an environment of its own
}
_OF_RAY = ("auto", LOCAL)  # no address that a socket could try
_SECONDS = 5.0
_LEVEL = logging.ERROR
_RETRIES = 2  # of a task whose node or worker died: work is pure, so another try does no harm


def on_ray[J, R](
    work: Callable[[J], R], jobs: Sequence[J], address: str, workers: int | None
) -> Generator[tuple[int, R | Failed]]:
    """See `each`. The project has to be installed on every node, in the same version.

    Raises:
        InputError: Ray is not installed, or there is no cluster at the address.
    """
    _knock(address)
    ray = _connected(address)
    return _tasks(ray, work, jobs, workers)


def _knock(address: str) -> None:
    """Refuse an address at which nobody listens, before Ray tries it for minutes."""
    if address in _OF_RAY:
        return
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if not host or not port.isdecimal():
        raise InputError(f"--ray {address}: expected auto, local, HOST:PORT or ray://HOST:PORT")
    try:
        socket.create_connection((host, int(port)), _SECONDS).close()
    except (OSError, OverflowError) as error:
        raise InputError(
            f"--ray {address}: nobody listens there: start one with `ray start --head` ({error})"
        ) from None


def _connected(address: str) -> ModuleType:
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    try:
        import ray
    except ImportError:
        raise InputError("--ray: Ray is not installed: install allusr-sdk[ray]") from None
    try:
        ray.init(
            address, include_dashboard=None if address != LOCAL else False, log_to_driver=False, logging_level=_LEVEL
        )
    except (ConnectionError, ValueError, RuntimeError) as error:
        why = " ".join(str(error).split())[:160]
        raise InputError(
            f"--ray {address}: no cluster answers there: start one with `ray start --head`, or set RAY_AUTH_MODE=token "
            f"where one asks for its token ({why})"
        ) from None
    return ray


def _tasks[J, R](
    ray: ModuleType, work: Callable[[J], R], jobs: Sequence[J], workers: int | None
) -> Generator[tuple[int, R | Failed]]:
    """Results as tasks end; twice as many are handed over as run at a time, so that no node waits for us."""
    task = ray.remote(max_retries=_RETRIES)(told)
    room = workers or 2 * int(ray.cluster_resources().get("CPU", 1))
    waiting, places = deque(enumerate(jobs)), dict[object, int]()
    try:
        while waiting or places:
            while waiting and len(places) < room:
                place, job = waiting.popleft()
                places[task.remote(work, job)] = place
            for ready in ray.wait(list(places), num_returns=1)[0]:
                yield places.pop(ready), _answer(ray, ready)
    finally:
        ray.shutdown()


def _answer[R](ray: ModuleType, ready: object) -> R | Failed:
    try:
        return cast("R | Failed", ray.get(ready))
    except ray.exceptions.RayError as error:
        return Failed(f"its task was lost: {' '.join(str(error).split())[:200]}", lost=True)
