"""Has PostgreSQL started only when no process of the last one is left.

When its first process is killed, the others end by themselves, but one that waits for a command of its own, such as the archiver, not
before that has ended. Until then they hold the shared memory, and the next server does not start. Patroni takes that for a broken server,
and gives the lock up.
"""
import contextlib
import logging
import os
import signal
import time

import psutil

logger = logging.getLogger(__name__)

# A command may take for ever, but somebody else can lead meanwhile.
LONGEST_SECONDS = 5
LOOK_SECONDS = 0.05


def is_left(process, data_directory):
    """Whether this is a process of a server, all of which work in their data directory, whose first process has ended."""
    with contextlib.suppress(psutil.Error):  # it has ended meanwhile, or is somebody else's
        if process.name() == "postgres" and process.cwd() == data_directory and "".join(process.cmdline()[:1]).startswith("postgres: "):
            parent = process.parent()
            return parent is None or parent.name() != "postgres"
    return False


def quit_with_its_commands(pid):
    """What PostgreSQL's first process does with the others when one of them has crashed: each leads a group, of itself and its commands."""
    with contextlib.suppress(OSError):  # it has ended meanwhile
        if os.getpgid(pid) == pid:
            os.killpg(pid, signal.SIGQUIT)


def when_they_have_ended(start):
    """The start of PostgreSQL, after the processes of the last server."""

    def begin(self, *args, **kwargs):
        deadline = time.monotonic() + LONGEST_SECONDS
        data_directory = os.path.realpath(self.data_dir)
        while left := [each.pid for each in psutil.process_iter() if is_left(each, data_directory)]:
            if time.monotonic() > deadline:
                logger.warning("processes of the last server are left: %s", left)
                break
            for pid in left:
                quit_with_its_commands(pid)
            time.sleep(LOOK_SECONDS)
        return start(self, *args, **kwargs)

    return begin


def start_when_they_have_ended():
    """Changes Patroni; raises AttributeError where it is another Patroni than this was written for."""
    from patroni.postgresql import Postgresql

    getattr(Postgresql, "data_dir")
    Postgresql.start = when_they_have_ended(Postgresql.start)
