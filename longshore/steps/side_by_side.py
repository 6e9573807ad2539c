"""Steps in their order; those that don't wait for each other run side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from longshore.steps.plan import order
from longshore.steps.step import Step


def act(steps: Sequence[Step], one: Callable[[Step], bool], acted: list[str], failing: Callable[[], bool]) -> None:
    """Do each step by `one`, which answers whether it changed something; `acted` gets the names of those that did.

    Once one has failed (`failing` says so at once, an error of `one` later) none is begun; those that run are waited for. Raises the first error.
    """
    waits = order(steps)
    ended: set[str] = set()
    running: dict[Future[bool], str] = {}
    left = {step.name: step for step in steps}
    first_error: BaseException | None = None
    with ThreadPoolExecutor(max_workers=max(1, len(steps))) as pool:
        while left or running:
            stop = first_error is not None or failing()
            ready = [] if stop else [name for name in left if ended.issuperset(waits[name])]
            if first_error is not None and not running:
                break
            if len(ready) == 1 and not running:
                # Alone: in the main thread, where a signal arrives at once.
                name = ready[0]
                if one(left.pop(name)):
                    acted.append(name)
                ended.add(name)
                continue
            for name in ready:
                running[pool.submit(one, left.pop(name))] = name
            for future in wait(running, timeout=0.5, return_when=FIRST_COMPLETED).done:
                name = running.pop(future)
                if (error := future.exception()) is not None:
                    first_error = first_error or error
                    continue
                if future.result():
                    acted.append(name)
                ended.add(name)
    if first_error is not None:
        raise first_error
