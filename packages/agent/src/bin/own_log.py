"""Patroni counts the vote of a replica only once that has read its own log to the end.

A replica answers who asks for its vote with the position that it has reached. After a start, while it still reads what it has in its
own log, that is less than it has: it would vote for one that lacks commits which it has acknowledged itself. See
docs/decisions/0047-votes-of-replicas-that-read-their-own-log.md.
"""
import psutil

MARK = "reads_own_log"
STARTUP_PROCESS = """
SELECT pid, wait_event, pg_catalog.pg_last_wal_receive_lsn() IS NOT NULL AS has_asked_to_stream
FROM pg_catalog.pg_stat_get_activity(NULL) WHERE backend_type = 'startup'
"""


class OwnLog:
    """What is known of how far this server's startup process is; another process, after a start or a crash, begins anew."""

    read_by = None
    asked = None

    def is_at_end(self, pid, wait_event, has_asked_to_stream, position):
        """PostgreSQL asks for log elsewhere, or waits before it tries again, only when it has found no more in its own."""
        if has_asked_to_stream or wait_event == "RecoveryRetrieveRetryInterval":
            return True
        # An archive that takes longer than the interval leaves no wait to be seen. Who asks it twice for the same file without any
        # progress has looked at its own log in between.
        before, self.asked = self.asked, restore_command(pid, position) if wait_event == "RestoreCommand" else None
        return None not in (before, self.asked) and before[:-1] == self.asked[:-1] and before != self.asked


def restore_command(startup_pid, position):
    """What the archive is asked for: at which position, in which words, and by which process."""
    try:
        for child in psutil.Process(startup_pid).children():
            return position, tuple(child.cmdline()), child.pid
    except psutil.Error:
        pass  # it has ended meanwhile
    return None


def tell_whether_log_is_read(get_postgresql_status):
    """The state that a member tells who asks for its vote, with a mark while it reads its own log."""
    own_log = OwnLog()

    def status(self, *args, **kwargs):
        while True:
            told = get_postgresql_status(self, *args, **kwargs)
            log = told.get("xlog") or {}
            if "replayed_location" not in log:
                return told
            try:
                processes = self.query(STARTUP_PROCESS)
            except Exception:  # of several kinds: nothing is known then
                processes = []
            if processes and processes[0][0] == own_log.read_by:
                return told
            if not processes or not own_log.is_at_end(*processes[0], log["replayed_location"]):
                return {**told, MARK: True}
            # The position that was told may be from before the end.
            own_log.read_by = processes[0][0]

    return status


def remember_position(is_healthiest_node):
    """The question who may lead, which knows meanwhile where this member itself is."""

    def ask(self, *args, **kwargs):
        self.position_in_race = self.state_handler.last_operation()
        try:
            return is_healthiest_node(self, *args, **kwargs)
        finally:
            self.position_in_race = None

    return ask


def count_only_read_logs(fetch_nodes_statuses):
    """The others' states: who reads its own log still counts as ahead if it is, but has no vote, which position 0 says to Patroni."""

    def fetch(self, *args, **kwargs):
        own = self.position_in_race
        return [
            state._replace(wal_position=0) if own is not None and MARK in state.data and state.wal_position <= own else state
            for state in fetch_nodes_statuses(self, *args, **kwargs)
        ]

    return fetch


def count_votes_of_read_logs():
    """Changes Patroni; raises LookupError or AttributeError, with nothing changed, where it is another Patroni than this was written for."""
    # In this order: patroni.ha cannot be the first to be imported.
    import patroni.postgresql
    import patroni.ha
    import patroni.api

    ha, handler = patroni.ha.Ha, patroni.api.RestApiHandler
    status = tell_whether_log_is_read(handler.get_postgresql_status)
    ask, fetch = remember_position(ha._is_healthiest_node), count_only_read_logs(ha.fetch_nodes_statuses)
    handler.get_postgresql_status = status
    ha.position_in_race = None
    ha._is_healthiest_node, ha.fetch_nodes_statuses = ask, fetch
