"""What the old leader of a switchover has written down for the chosen one, which then needs nobody's vote.

It gives the lock up after PostgreSQL has ended in order and the chosen one has all before its last record, that of the end. With the lock
it leaves the number of its reign, its timeline and the position of that record. Whoever is there on that timeline, while nobody has led
since, has all that was ever acknowledged. A lock that is lost in any other way comes without this.
"""
import contextlib

HANDED_OVER = "handed_over"
TRANSITIONS = "transitions"


def note_timeline(demote):
    """The end of a reign; also where what is handed over is forgotten, whatever has become of it."""

    def step_down(self, mode):
        self.timeline_of_reign = None
        if mode == "graceful":
            # A server that cannot be asked is demoted all the same, and hands nothing over.
            with contextlib.suppress(Exception):
                self.timeline_of_reign = self.state_handler.get_primary_timeline()
        try:
            return demote(self, mode)
        finally:
            self.timeline_of_reign = self.dcs.handed_over = None

    return step_down


def note_last_record(is_failover_possible):
    """The question whether the chosen one has the last record. With yes the lock is given up next."""

    def ask(self, *args, **kwargs):
        answer = is_failover_possible(self, *args, **kwargs)
        position = kwargs.get("cluster_lsn")
        self.dcs.handed_over = f"{self.timeline_of_reign} {position}" if answer and position and self.timeline_of_reign else None
        return answer

    return ask


def leave_with_lock(patch_or_create):
    def patch(self, name, annotations, *args, **kwargs):
        if self.handed_over and name == self.leader_path and annotations.get(self._LEADER, name) is None:
            reign = annotations_of_leader(self).get(TRANSITIONS)
            annotations = {**annotations, HANDED_OVER: f"{reign} {self.handed_over}"}
        return patch_or_create(self, name, annotations, *args, **kwargs)

    return patch


def annotations_of_leader(dcs):
    found = dcs._kinds.get(dcs.leader_path)
    return found and found.metadata.annotations or {}


def has_what_was_handed_over(ha):
    """Whether this member has everything that the last leader wrote, as that one has said itself; False where it has said nothing."""
    lock = annotations_of_leader(ha.dcs)
    told = (lock.get(HANDED_OVER) or "").split()
    if len(told) != 3 or lock.get(ha.dcs._LEADER) or told[0] != lock.get(TRANSITIONS):
        return False
    return ha.state_handler.last_operation() >= int(told[2]) and ha.state_handler.get_replica_timeline() == int(told[1])


def changed_for_handover():
    """The methods to be changed, as (class, name, method). Raises where it is another Patroni than this was written for."""
    import patroni.ha
    from patroni.dcs.kubernetes import Kubernetes
    from patroni.postgresql import Postgresql

    for owner, name in ((Kubernetes, "_LEADER"), (Kubernetes, "leader_path"), (Postgresql, "get_primary_timeline")):
        getattr(owner, name)
    ha = patroni.ha.Ha
    ha.timeline_of_reign = Kubernetes.handed_over = None
    return [
        (ha, "demote", note_timeline(ha.demote)),
        (ha, "is_failover_possible", note_last_record(ha.is_failover_possible)),
        (Kubernetes, "patch_or_create", leave_with_lock(Kubernetes.patch_or_create)),
    ]
