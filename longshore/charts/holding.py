"""A lease kept while Helm is at work, which may wait for a chart's hooks for minutes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from longshore.errors import Failed, LongshoreError
from longshore.kubernetes.lease import Lease
from longshore.programs.kubectl import Kubectl
from longshore.programs.kubernetes import KubernetesError

EVERY = 4.0
"""Seconds between two looks whether it is time to renew it."""


@contextmanager
def renewed(lease: Lease, kubectl: Callable[[], Kubectl]) -> Iterator[Callable[[], None]]:
    """Inside, the lease doesn't run out. Where it is somebody else's nevertheless (this machine slept), the Helm that is at work is ended, since they
    take its release for nobody's; what is given raises that Failed, and so does the end.
    """
    over, lost = threading.Event(), list[Failed]()

    def keep() -> None:
        while not over.wait(EVERY):
            try:
                lease.renew(kubectl())
            except KubernetesError:
                # The API server is away for a moment: the lease runs out only after several of these.
                continue
            except Failed as error:
                lost.append(error)
                _end_helm()
                return
            except LongshoreError:
                continue

    def still_ours() -> None:
        if lost:
            raise lost[0]

    thread = threading.Thread(target=keep, name="lease", daemon=True)
    thread.start()
    try:
        yield still_ours
    except LongshoreError:
        # What Helm said when it was ended is no reason.
        still_ours()
        raise
    finally:
        over.set()
        thread.join()
    still_ours()


def _end_helm() -> None:
    """By SIGTERM: it writes down that its revision has failed."""
    import psutil

    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            if child.name() == "helm":
                child.terminate()
