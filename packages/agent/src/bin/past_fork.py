"""Has Patroni look whether a replica has read past the point at which its leader's timeline forked off, as long as it reads the archive.

Patroni looks after a start and when another one leads. A replica that is behind goes on reading, and the archive may give it a segment in
which a former leader was alone. PostgreSQL says "forked off ... before current recovery point" then, tries again each second, and would
for ever. See docs/decisions/0048-data-that-are-not-whole.md.
"""


def look_while_archive_is_read(follow):
    def look_and_follow(self, *args, **kwargs):
        # After a rewind Patroni looks by itself; in a paused cluster nothing is rewound.
        if not self._rewind.executed and not self.is_paused() and reads_archive(self.state_handler):
            self._rewind.trigger_check_diverged_lsn()
        return follow(self, *args, **kwargs)

    return look_and_follow


def reads_archive(postgresql):
    from patroni.exceptions import PostgresConnectionException

    try:
        return not postgresql.is_starting() and postgresql.replication_state() == "in archive recovery"
    except PostgresConnectionException:
        return False


def look_for_fork():
    """Changes Patroni; raises LookupError or AttributeError, with nothing changed, where it is another Patroni than this was written for."""
    # In this order: patroni.ha cannot be the first to be imported.
    import patroni.postgresql
    import patroni.ha
    from patroni.postgresql.rewind import Rewind

    ha, postgresql = patroni.ha.Ha, patroni.postgresql.Postgresql
    used = ((Rewind, "executed trigger_check_diverged_lsn"), (ha, "is_paused"), (postgresql, "is_starting replication_state"))
    for owner, names in used:
        for name in names.split():
            getattr(owner, name)
    ha.follow = look_while_archive_is_read(ha.follow)
