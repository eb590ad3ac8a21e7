"""Starts Patroni as its own program does, with two waits made shorter.

Patroni looks once a second whether PostgreSQL has stopped, and gives replicas a whole second to receive the last record before it
lets them take over. Both times are spent without a primary, so they decide how long a planned switchover interrupts writes. PostgreSQL
itself waits, before it ends, until replicas have what they are to have, so looking more often loses nothing. Whatever cannot be
found in this version of Patroni stays as it is.
"""
import sys
import time

STOP_POLL_SECONDS = 0.1
CATCH_UP_SECONDS = 0.2


class ShorterCatchUp:
    """The module `time`, whose `sleep` of exactly one second is shorter; all other waits are Patroni's own."""

    def __getattr__(self, name):
        return getattr(time, name)

    @staticmethod
    def sleep(seconds):
        time.sleep(CATCH_UP_SECONDS if seconds == 1 else seconds)


def shorten_waits():
    try:
        import patroni.ha
        import patroni.postgresql
    except ImportError:
        return
    if hasattr(patroni.postgresql, "STOP_POLLING_INTERVAL"):
        patroni.postgresql.STOP_POLLING_INTERVAL = STOP_POLL_SECONDS
    if getattr(patroni.ha, "time", None) is time:
        patroni.ha.time = ShorterCatchUp()


if __name__ == "__main__":
    shorten_waits()
    from patroni.__main__ import main

    sys.exit(main())
