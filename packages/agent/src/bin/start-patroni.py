"""Starts Patroni as its own program does, with three waits made shorter.

Patroni looks once a second whether PostgreSQL has stopped, gives replicas a whole second to receive the last record before it lets
them take over, and has everybody else stand aside for two seconds while the chosen one takes the lock. All of it is spent without a
primary, or without the replica whose acknowledgement a commit waits for, so it decides how long a planned switchover interrupts
writes. None of these waits is what keeps two from becoming primary: that is the lock, and the comparison of positions. PostgreSQL
itself waits, before it ends, until replicas have what they are to have. Whatever cannot be found in this version of Patroni stays
as it is.
"""
import sys
import time

STOP_POLL_SECONDS = 0.05
# What Patroni asks for, and what it gets.
SHORTER = {1: 0.05, 2: 0.3}


class ShorterWaits:
    """The module `time`, whose `sleep` of exactly one or two seconds is shorter; all other waits are Patroni's own."""

    def __getattr__(self, name):
        return getattr(time, name)

    @staticmethod
    def sleep(seconds):
        time.sleep(SHORTER.get(seconds, seconds))


def shorten_waits():
    # In this order: patroni.ha cannot be the first to be imported.
    import patroni.postgresql
    import patroni.ha

    if hasattr(patroni.postgresql, "STOP_POLLING_INTERVAL"):
        patroni.postgresql.STOP_POLLING_INTERVAL = STOP_POLL_SECONDS
    if getattr(patroni.ha, "time", None) is time:
        patroni.ha.time = ShorterWaits()


if __name__ == "__main__":
    shorten_waits()
    from patroni.__main__ import main

    sys.exit(main())
