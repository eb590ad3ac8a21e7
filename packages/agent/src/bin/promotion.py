"""Has a promotion happen when it is ordered, not up to a second later.

PostgreSQL's startup process, ordered to end while it asks for log elsewhere, looks there once more, and waits before that for the rest of
`wal_retrieve_retry_interval`. Seen in two of 24 switchovers. What wakes it from that wait, among others, is the signal to read its
configuration again, which changes nothing.
"""
import contextlib
import re
import signal
import time

import psutil

WAKE_SECONDS = 0.05
# A replica that still has much to replay wakes by itself, later.
LONGEST_SECONDS = 10
STARTUP = re.compile(r"postgres: (\S+: )?startup( |$)")


def startup_process(postmaster):
    for child in postmaster.children():
        with contextlib.suppress(psutil.Error):
            if STARTUP.match("".join(child.cmdline()[:1])):
                return child
    return None


def keep_awake(wait_promote):
    """The wait for the end of a promotion that has been ordered."""

    def wait(self, wait_seconds):
        deadline = time.monotonic() + LONGEST_SECONDS
        with contextlib.suppress(psutil.Error):
            postmaster = self.is_running()
            startup = postmaster and startup_process(postmaster)
            while startup and startup.is_running() and time.monotonic() < deadline:
                startup.send_signal(signal.SIGHUP)
                time.sleep(WAKE_SECONDS)
        return wait_promote(self, wait_seconds)

    return wait


def promote_at_once():
    """Changes Patroni; raises AttributeError where it is another Patroni than this was written for."""
    from patroni.postgresql import Postgresql

    getattr(Postgresql, "is_running")
    Postgresql._wait_promote = keep_awake(Postgresql._wait_promote)
