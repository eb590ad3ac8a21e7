"""Whether a replica has read its own log to the end, and that its Patroni says so to who asks for its vote.

A replica answers with the position that it has reached. After a start, while it still reads what it has in its own log, that is less than
it has: it would vote for one that lacks commits which it has acknowledged itself. See docs/decisions/0047-who-may-lead.md.
"""
import threading
import time

import psutil

MARK = "reads_own_log"
LOOK_SECONDS = 0.2
STARTUP_PROCESS = """
SELECT pid, wait_event, pg_catalog.pg_last_wal_receive_lsn() IS NOT NULL, pg_catalog.pg_last_wal_replay_lsn()::text
FROM pg_catalog.pg_stat_get_activity(NULL) WHERE backend_type = 'startup'
"""


class OwnLog:
    """How far this server's startup process is in its own log; another process, after a start or a crash, begins anew."""

    def __init__(self):
        self.read_by = None
        self.place = None
        self.asked = {}
        self.watcher = None

    def is_read(self):
        return self.read_by is not None and self.read_by.is_running()

    def look(self, query):
        """False when there is no startup process to be seen; `read_by` is the one that has read to the end."""
        try:
            [(pid, wait_event, has_asked_to_stream, position)] = query(STARTUP_PROCESS)
            startup = psutil.Process(pid)
            # PostgreSQL asks for log elsewhere, or waits before it tries again, only when it has found no more in its own.
            waits = has_asked_to_stream or wait_event == "RecoveryRetrieveRetryInterval"
            if waits or self.has_asked_twice(startup, position):
                self.read_by = startup
            return True
        except Exception:  # it does not answer, has ended meanwhile, or may not be looked at: nothing is known then
            return False

    def has_asked_twice(self, startup, position):
        """Whether the archive was asked once more for the same file without any progress: its own log was looked at in between.

        An archive that takes long leaves no wait to be seen. One round of questions is for a file of each timeline, and for the history of
        the next.
        """
        place = startup, position
        if self.place != place:
            self.place, self.asked = place, {}
        children = [(tuple(child.cmdline()), child.pid) for child in startup.children()]
        return any(command and self.asked.setdefault((place, command), child) != child for command, child in children)

    def watch(self, query):
        """Looks again and again, beside whoever asks: the signs last for moments only."""
        while self.look(query) and not self.is_read():
            time.sleep(LOOK_SECONDS)

    def begin_watch(self, query):
        if self.watcher is None or not self.watcher.is_alive():
            self.watcher = threading.Thread(target=self.watch, args=(query,), daemon=True)
            self.watcher.start()


def tell_whether_log_is_read(get_postgresql_status):
    """The state that a member tells who asks for its vote, with a mark while it reads its own log."""
    own_log = OwnLog()

    def status(self, retry=False):
        if retry:
            # Asked for a vote, not by a probe. The timeline that Patroni remembers may be from before the last promotion.
            self.server.patroni.postgresql._cached_replica_timeline = None
        was_read = own_log.is_read()
        told = get_postgresql_status(self, retry)
        if "replayed_location" not in (told.get("xlog") or {}) or was_read and own_log.is_read():
            return told
        own_log.look(self.server.query)
        if own_log.is_read():
            # The position that was told may be from before the end.
            return status(self, retry)
        own_log.begin_watch(self.server.query)
        return {**told, MARK: True}

    return status
