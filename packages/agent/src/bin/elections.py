"""Has Patroni elect only who has every acknowledged commit, in cases in which it would not: docs/decisions/0047-who-may-lead.md."""
import logging
import threading

from handover import changed_for_handover, has_what_was_handed_over
from own_log import MARK, tell_whether_log_is_read

logger = logging.getLogger(__name__)


def remember_position(is_healthiest_node):
    """The question who may lead, which knows meanwhile where this member itself is."""

    def ask(self, *args, **kwargs):
        self.position_in_race = self.state_handler.last_operation()
        try:
            return is_healthiest_node(self, *args, **kwargs)
        finally:
            self.position_in_race = None

    return ask


def compare_places(fetch_nodes_statuses):
    """The others' states, with positions that compare as places in the log do: on a later timeline ahead, on an earlier one not.

    Who reads its own log still counts as ahead if it is, but has no vote, which position 0 says to Patroni.
    """

    def seen_from(state, timeline, position):
        found = state.wal_position
        if timeline and state.timeline and found:
            if state.timeline > timeline:
                found = max(found, position + 1)
            elif state.timeline < timeline:
                found = min(found, position)
        if MARK in state.data and found <= position:
            found = 0
        return state._replace(wal_position=found)

    def fetch(self, *args, **kwargs):
        states, position = fetch_nodes_statuses(self, *args, **kwargs), self.position_in_race
        if position is None:
            return states
        # Not what Patroni remembers: that may be from before the last promotion.
        timeline = self.state_handler.get_replica_timeline()
        return [seen_from(state, timeline, position) for state in states]

    return fetch


def vote_in_switchover(manual_failover_process_no_leader):
    """The end of a switchover, in which the chosen one needs the votes too: the old leader may have been lost before it had everything.

    Unless that one has said that it has. Without them the switchover is given up: the others, the old leader too, stand aside for the chosen
    one while it is asked for.
    """

    def may_lead(self, *args, **kwargs):
        failover = self.cluster.failover
        answer = manual_failover_process_no_leader(self, *args, **kwargs)
        # A failover, which names no leader, is an order.
        if not answer or not failover.leader or not self.quorum_commit_mode_is_active():
            return answer
        if has_what_was_handed_over(self):
            return True
        # The old leader is on its way down, and would be waited for.
        others = [member for member in self.cluster.members if member.name != failover.leader]
        if self._is_healthiest_node(others, check_replication_lag=False):
            return True
        logger.warning("the switchover to %s is given up: it may lack commits that others have", failover.candidate)
        self.dcs.manual_failover("", "", version=failover.version)
        return False

    return may_lead


def only_with_sync(is_healthiest_node):
    """The question whether to take a free lock, which two are refused that /sync does not know as what they take themselves for.

    A primary that still runs would take it without votes, as long as its timeline is the last in the cluster's history. That is written only
    after another's first commits, /sync before them. And the chosen one of a switchover that is no synchronous replica would wait for ever, as
    the others wait for it: the switchover is given up.
    """

    def may_take(self):
        name, sync, failover = self.state_handler.name, self.cluster.sync, self.cluster.failover
        if self.is_paused() or not self.quorum_commit_mode_is_active():
            return is_healthiest_node(self)
        if self.state_handler.is_primary():
            if not sync.leader_matches(name):
                logger.warning("the lock is left to others: /sync names %s as the last leader", sync.leader)
                return False
        elif failover and failover.leader and failover.candidate == name and not sync.matches(name, True):
            logger.warning("the switchover to %s is given up: it is no synchronous replica", name)
            self.dcs.manual_failover("", "", version=failover.version)
            return False
        return is_healthiest_node(self)

    return may_take


class PerThread:
    """An attribute of which each thread has a value of its own, and the main thread's where it has none."""

    def __init__(self, initially):
        self.of_main, self.values = initially, threading.local()

    def __get__(self, owner, kind=None):
        return getattr(self.values, "value", self.of_main)

    def __set__(self, owner, value):
        if threading.current_thread() is threading.main_thread():
            self.of_main = value
        else:
            self.values.value = value

    def forget(self):
        self.values.__dict__.clear()


def beginning_with(seen, cluster_from_nodes):
    """A look at the cluster from what the main thread has seen: since when a leader has been silent is what that one knows."""

    def look(self, *args, **kwargs):
        for attribute in seen:
            attribute.forget()
        return cluster_from_nodes(self, *args, **kwargs)

    return look


# What Patroni takes the leader's lock with: whose it was when it was looked at, since when, and the version of the object. A request to
# its API looks too, and would pass off the lock of one that was elected meanwhile as the free one that an election was about.
VIEW_OF_LOCK = {"_leader_observed_record": {}, "_leader_observed_time": None, "_leader_resource_version": None}


def elect_who_has_all_commits():
    """Changes Patroni; raises LookupError or AttributeError, with nothing changed, where it is another Patroni than this was written for."""
    # In this order: patroni.ha cannot be the first to be imported.
    import patroni.postgresql
    import patroni.ha
    import patroni.api
    from patroni.dcs.kubernetes import Kubernetes as dcs

    ha, handler, postgresql = patroni.ha.Ha, patroni.api.RestApiHandler, patroni.postgresql.Postgresql
    if not hasattr(postgresql, "get_replica_timeline"):
        raise LookupError("patroni.postgresql.Postgresql.get_replica_timeline not found")
    if "_cached_replica_timeline" not in postgresql.__init__.__code__.co_names:
        raise LookupError("the timeline that patroni.postgresql.Postgresql remembers not found")
    view_of_lock = {name: PerThread(initially) for name, initially in VIEW_OF_LOCK.items()}
    changed = [
        (ha, "_is_healthiest_node", remember_position(ha._is_healthiest_node)),
        (ha, "fetch_nodes_statuses", compare_places(ha.fetch_nodes_statuses)),
        (ha, "manual_failover_process_no_leader", vote_in_switchover(ha.manual_failover_process_no_leader)),
        (ha, "is_healthiest_node", only_with_sync(ha.is_healthiest_node)),
        (handler, "get_postgresql_status", tell_whether_log_is_read(handler.get_postgresql_status)),
        (dcs, "_cluster_from_nodes", beginning_with(view_of_lock.values(), dcs._cluster_from_nodes)),
        *changed_for_handover(),
    ]
    if not all(name in dcs.__init__.__code__.co_names for name in VIEW_OF_LOCK):
        raise LookupError("what patroni.dcs.kubernetes.Kubernetes remembers of the lock not found")
    ha.position_in_race = None
    for name, attribute in view_of_lock.items():
        setattr(dcs, name, attribute)
    for owner, name, method in changed:
        setattr(owner, name, method)
