"""Has Patroni look whether a replica has read past the point at which its leader's timeline forked off, as long as it is on another timeline.

Patroni looks after a start and when another one leads. A replica that is behind goes on reading, and its own log or the archive may give it
what a former leader had alone. PostgreSQL says "forked off ... before current recovery point" then and tries again each second, or waits for
the leader to get so far. It never goes on. See docs/decisions/0048-data-that-are-not-whole.md.
"""


def look_on_another_timeline(follow):
    def look_and_follow(self, *args, **kwargs):
        before, self.timelines = self.timelines, timelines_of(self)
        # Not in the first turn: after a promotion most are there a moment later. After a rewind Patroni looks by itself.
        if self.timelines and self.timelines == before and not self._rewind.executed and not self.is_paused():
            self._rewind.trigger_check_diverged_lsn()
        return follow(self, *args, **kwargs)

    return look_and_follow


def timelines_of(ha):
    """The leader's timeline and the one that this replica replays, where they are not the same; None where they are, or one is not known."""
    postgresql, of_leader = ha.state_handler, ha._leader_timeline
    if not of_leader or postgresql.state != "running" or postgresql.is_primary():
        return None
    own = postgresql.replica_cached_timeline(of_leader)
    return (of_leader, own) if own and own != of_leader else None


def look_for_fork():
    """Changes Patroni; raises LookupError or AttributeError, with nothing changed, where it is another Patroni than this was written for."""
    # In this order: patroni.ha cannot be the first to be imported.
    import patroni.postgresql
    import patroni.ha
    from patroni.postgresql.rewind import Rewind

    ha, postgresql = patroni.ha.Ha, patroni.postgresql.Postgresql
    used = ((Rewind, "executed trigger_check_diverged_lsn"), (ha, "is_paused"), (postgresql, "is_primary replica_cached_timeline"))
    for owner, names in used:
        for name in names.split():
            getattr(owner, name)
    if "_leader_timeline" not in ha.__init__.__code__.co_names:
        raise LookupError("the leader's timeline in patroni.ha.Ha not found")
    ha.timelines, ha.follow = None, look_on_another_timeline(ha.follow)
