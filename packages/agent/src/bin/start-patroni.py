"""Starts Patroni as its own program does, with eight of its waits made shorter, its requests sent at once, a promotion before what its
loop does next, one of its writes, of who leads, before a promotion instead of after it, promotions that happen when they are ordered, as
promotion.py has it, elections as elections.py has them, a server only when the last one's processes have ended, as left_processes.py
sees to, only with data that are whole, as whole_data.py knows it, and replicas that do not stay behind a fork, as past_fork.py has it.

Patroni looks once a second whether PostgreSQL has stopped, gives replicas a whole second to receive the last record before it lets
them take over, and has everybody else stand aside for two seconds while the chosen one takes the lock. All of it is spent without a
primary, or without the replica whose acknowledgement a commit waits for, so it decides how long a planned switchover interrupts
writes. None of these waits is what keeps two from becoming primary: that is the lock, and the comparison of positions. Which waits
they are, in which versions, is in docs/decisions/0041-shorter-waits-in-patroni.md; what the write is for, in
docs/decisions/0045-sync-names-the-leader-first.md. A Patroni in which they are not found is started as it is, and a line on stderr
says so.
"""
import socket
import sys
import time

STOP_POLL_SECONDS = 0.05
# What Patroni asks for, and what it gets.
SHORTER = {1: 0.02, 2: 0.1}
# Seconds since 1970; zero would mean never.
LONG_AGO = 1
# For so long Patroni would have waited, before it looked once whether a replica has the last record. Now it looks until one has.
CATCH_UP_SECONDS = 1
# So often in a row it is looked at once more whether a replica has everything: each look is a turn of Patroni's loop.
MOST_LOOKS = 5


class ShorterWaits:
    """The module `time`, whose `sleep` of exactly one or two seconds is shorter; computed waits, which are no integers, stay."""

    def __getattr__(self, name):
        return getattr(time, name)

    @staticmethod
    def sleep(seconds):
        time.sleep(SHORTER.get(seconds, seconds) if type(seconds) is int else seconds)


def at_once(keepalive_socket_options):
    """What Patroni sets for its connections to Kubernetes, in place of what its library sets, and that of the library: without it the body of
    each write waits for the acknowledgement of its head, 40 ms."""

    def options(*args, **kwargs):
        yield from keepalive_socket_options(*args, **kwargs)
        yield socket.IPPROTO_TCP, socket.TCP_NODELAY, 1

    return options


def until_caught_up(is_failover_possible):
    """The question whether a replica can take over, asked again while PostgreSQL's last record is on its way to it."""

    def ask(self, *args, **kwargs):
        deadline = time.monotonic() + CATCH_UP_SECONDS
        while True:
            answer = is_failover_possible(self, *args, **kwargs)
            if answer or not kwargs.get("cluster_lsn") or time.monotonic() > deadline:
                return answer
            time.sleep(STOP_POLL_SECONDS)

    return ask


def once_replicas_stream(process_sync_replication):
    """The choice of synchronous replicas after a promotion, as soon as there is one that streams instead of ten seconds later.

    Until then commits may wait for the old primary alone, and nobody else may take over. Those ten seconds begin with the first turn as
    primary also when /sync names this one already: replicas that have had no time to connect must not be taken for gone.
    """

    def choose(self, *args, **kwargs):
        if self.state_handler.is_primary():
            if self.is_new_leader:
                self.is_new_leader = False
                self._promote_timestamp = time.time()
            if self._promote_timestamp > LONG_AGO:
                state = self.state_handler.sync_handler.current_state(self.cluster)
                # With voters and nobody that commits wait for the voters would be taken for gone.
                if state.active and (state.sync or not self.cluster.sync.voters):
                    self._promote_timestamp = LONG_AGO
        answer = process_sync_replication(self, *args, **kwargs)
        # Whoever has been kept goes as soon as another one has everything, a moment later: not after ten seconds in which a second loss
        # finds too few who may vote.
        self.looks_again = self.looks_again + 1 if self.state_handler.sync_handler.keeps else 0
        if 0 < self.looks_again <= MOST_LOOKS:
            self.wakeup()
        return answer

    return choose


def add_before_removing(current_state):
    """The replicas that commits wait for, and those that stream. None that commits wait for is dropped before one that streams has everything:
    dropped with those who know of the last commits, somebody who lacks them could lead without a vote. And Patroni would drop all before it
    takes up others, when none of them streams, and have commits wait for nobody meanwhile.
    """

    def state(self, cluster):
        found = current_state(self, cluster)
        # Without voters nothing has been promised that one could lack, and Patroni can only begin anew.
        is_unsure = found.sync_type == "quorum" and cluster.sync.voters and found.active and not found.sync_confirmed
        self.keeps = bool(is_unsure and found.sync - found.active)
        return found._replace(active=found.active | found.sync) if self.keeps else found

    return state


def leader_in_sync_first(process_sync_replication_prepromote):
    """What has to be so before a promotion, and with quorum commit /sync names the new leader too.

    Patroni writes that up to a second after PostgreSQL takes writes. Whom /sync names may lead again without a vote: were it still the
    old leader, and the new one lost in this second, what the new one acknowledged would be lost. The change is the one that
    `QuorumStateResolver` makes later.
    """

    def prepare(self, *args, **kwargs):
        if not process_sync_replication_prepromote(self, *args, **kwargs):
            return False
        name, sync = self.state_handler.name, self.cluster.sync
        self.is_new_leader = True
        if not self.quorum_commit_mode_is_active() or sync.leader_matches(name):
            return True
        voters = [member for member in sync.members if member.lower() != name.lower()]
        written = bool(self.dcs.write_sync_state(name, voters, sync.quorum, version=sync.version))
        # Somebody else has changed it: looked at anew at once, not at the next turn, but not again and again where it is forbidden.
        if not written and not self.was_refused:
            self.wakeup()
        self.was_refused = not written
        return written

    return prepare


def promotion_first(run_cycle):
    """A turn of Patroni's loop that lets a promotion begin that has been ordered: both need one lock, and the loop takes it first."""

    def turn(self, *args, **kwargs):
        self.promotion_was_ordered = self._async_executor.scheduled_action == "promote"
        if self.promotion_was_ordered:
            time.sleep(STOP_POLL_SECONDS)
        return run_cycle(self, *args, **kwargs)

    return turn


def report_after_promotion(touch_member):
    """What a member tells the cluster of itself: not in the turn that orders a promotion, whose end that waits for, but in the next."""

    def report(self, *args, **kwargs):
        ordered_now = self._async_executor.scheduled_action == "promote" and not self.promotion_was_ordered
        # Once in a row: promotions that fail at once are ordered in every turn.
        self.is_report_due = ordered_now and not self.is_report_due
        return True if self.is_report_due else touch_member(self, *args, **kwargs)

    return report


def shorten_waits():
    # In this order: patroni.ha cannot be the first to be imported.
    import patroni.postgresql
    import patroni.ha
    import patroni.postgresql.sync
    import patroni.dcs.kubernetes

    ha = getattr(patroni.ha, "Ha", None)
    sync_handler = getattr(patroni.postgresql.sync, "SyncHandler", None)
    methods = {
        "is_failover_possible": until_caught_up,
        "process_sync_replication": once_replicas_stream,
        "process_sync_replication_prepromote": leader_in_sync_first,
        "run_cycle": promotion_first,
        "touch_member": report_after_promotion,
    }
    missing = [
        name
        for name, found in (
            ("patroni.postgresql.STOP_POLLING_INTERVAL", hasattr(patroni.postgresql, "STOP_POLLING_INTERVAL")),
            ("patroni.ha.time", getattr(patroni.ha, "time", None) is time),
            ("patroni.dcs.kubernetes.keepalive_socket_options", hasattr(patroni.dcs.kubernetes, "keepalive_socket_options")),
            ("patroni.postgresql.sync.SyncHandler.current_state", hasattr(sync_handler, "current_state")),
            *((f"patroni.ha.Ha.{method}", hasattr(ha, method)) for method in (*methods, "quorum_commit_mode_is_active")),
        )
        if not found
    ]
    # All or none: the shorter wait before the question is right only when the question is asked again.
    if missing:
        raise LookupError(", ".join(missing) + " not found")
    patroni.postgresql.STOP_POLLING_INTERVAL = STOP_POLL_SECONDS
    patroni.ha.time = ShorterWaits()
    patroni.dcs.kubernetes.keepalive_socket_options = at_once(patroni.dcs.kubernetes.keepalive_socket_options)
    for mark in ("is_new_leader", "was_refused", "promotion_was_ordered", "is_report_due"):
        setattr(ha, mark, False)
    ha.looks_again, sync_handler.keeps = 0, False
    for method, shortened in methods.items():
        setattr(ha, method, shortened(getattr(ha, method)))
    sync_handler.current_state = add_before_removing(sync_handler.current_state)


def change_elections():
    from elections import elect_who_has_all_commits

    elect_who_has_all_commits()


def end_what_is_left():
    from left_processes import start_when_they_have_ended

    start_when_they_have_ended()


def look_whether_data_are_whole():
    from whole_data import start_only_whole_data

    start_only_whole_data()


def promote_when_ordered():
    from promotion import promote_at_once

    promote_at_once()


def look_whether_forks_are_passed():
    from past_fork import look_for_fork

    look_for_fork()


if __name__ == "__main__":
    for change, otherwise in (
        (shorten_waits, "Patroni keeps its own waits and order, switchovers take seconds longer and docs/decisions/0045 is open"),
        (promote_when_ordered, "PostgreSQL may wait a second with a promotion"),
        (change_elections, "Patroni holds its own elections, docs/decisions/0047 is open"),
        (end_what_is_left, "Patroni starts PostgreSQL while processes of the last one still end, which fails"),
        (look_whether_data_are_whole, "Patroni starts what it finds, docs/decisions/0048 is open"),
        (look_whether_forks_are_passed, "A replica that has read a left timeline past its fork stays so"),
    ):
        try:
            change()
        except Exception as error:  # whatever another version has in store: it has to start
            print(f"{otherwise}: {error}", file=sys.stderr)
    from patroni.__main__ import main

    sys.exit(main())
