"""Has Patroni know whether its data are whole: what was cut off while it made them, by SIGKILL or a power cut, is made anew, not started.

Why, and what Patroni does without it, is in docs/decisions/0048-data-that-are-not-whole.md.
"""
import contextlib
import fcntl
import logging
import os

logger = logging.getLogger(__name__)
COPYING, REWINDING, INITIALIZING = "copying", "rewinding", "initializing"
# What pg_rewind says right before it changes anything.
REWIND_BEGINS = b"need to copy"


class Mark:
    """A file beside the data directory: there while they are copied, rewound or initialized, and after that when it was cut off.

    It is locked by Patroni and by the programs that it starts for it, so that a new Patroni does not begin while one of those is at work.
    """

    held = None

    def __init__(self, data_directory, activity):
        self.path = f"{data_directory.rstrip('/')}.{activity}"

    def is_left(self):
        return os.path.exists(self.path)

    def is_held(self):
        with open(self.path) as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    @contextlib.contextmanager
    def hold(self):
        with open(self.path, "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.sync()
            Mark.held = file
            try:
                yield
            finally:
                Mark.held = None

    def remove(self):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)
            self.sync()

    def sync(self):
        directory = os.open(os.path.dirname(self.path), os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


def mark_copy(clone):
    """The copy of a member or of a backup. Both programs have it on disk when they end."""

    def copy(self, *args, **kwargs):
        directory = self._postgresql.data_dir
        with Mark(directory, COPYING).hold():
            done = clone(self, *args, **kwargs)
        if done:
            # The copy has replaced what was rewound.
            Mark(directory, REWINDING).remove()
            Mark(directory, COPYING).remove()
        return done

    return copy


def leave_copy_alone(handle_crash_recovery):
    """The recovery of a primary that has crashed, which is what a copy looks like that has never been started.

    Recovered alone it would get a history of its own, on the leader's timeline.
    """

    def recover(self):
        is_copy = os.path.exists(os.path.join(self.state_handler.data_dir, "backup_label"))
        return None if is_copy else handle_crash_recovery(self)

    return recover


def mark_rewind(call):
    """A program that Patroni starts and waits for: pg_rewind, or one that makes a copy."""
    from patroni.exceptions import PostgresException

    def run(self, command, *args, **kwargs):
        if Mark.held:
            return call(self, command, *args, pass_fds=(Mark.held.fileno(),), **kwargs)
        # Patroni also asks it whether it is there at all.
        if os.path.basename(command[0]) != "pg_rewind" or "-D" not in command:
            return call(self, command, *args, **kwargs)
        mark = Mark(command[command.index("-D") + 1], REWINDING)
        try:
            with mark.hold():
                code = call(self, [*command, "--progress"], *args, pass_fds=(Mark.held.fileno(),), **kwargs)
        except PostgresException:
            mark.remove()  # Patroni is about to end: not even started
            raise
        if not code or REWIND_BEGINS not in kwargs["communicate"]["stderr"]:
            mark.remove()
        return code

    return run


def mark_initialization(bootstrap):
    """The first data of a cluster. They count once Patroni has written down whose they are, long after this."""

    def initialize(self, *args, **kwargs):
        with Mark(self._postgresql.data_dir, INITIALIZING).hold():
            return bootstrap(self, *args, **kwargs)

    return initialize


def lock_with_initdb(initdb):
    def run(self, *args, **kwargs):
        return initdb(self, *args, **kwargs, **({"pass_fds": (Mark.held.fileno(),)} if Mark.held else {}))

    return run


def end_initialization(post_bootstrap):
    """The last steps of an initialization, which end with the leader's lock, whoever has it: so nobody else may have been first."""

    def end(self):
        if is_initialized_by_another(self):
            self.state_handler.bootstrapping = False
            return "another instance has initialized the cluster meanwhile"
        answer = post_bootstrap(self)
        if not self.state_handler.bootstrapping:
            Mark(self.state_handler.data_dir, INITIALIZING).remove()
        return answer

    return end


def is_initialized_by_another(ha):
    return bool(ha.cluster.initialize) and ha.cluster.initialize != ha.state_handler.sysid


def forget_initialization(cancel_initialization):
    """The end of one that failed. The next one that begins may be another instance's, which the mark would cancel."""

    def cancel(self):
        Mark(self.state_handler.data_dir, INITIALIZING).remove()
        return cancel_initialization(self)

    return cancel


def find_other_life(check_timeline_and_lsn):
    """The comparison of this member's history with the leader's, which takes one timeline of the same number for the same.

    Two have chosen that number when the first was lost before anybody could know of its timeline. Whoever has been primary on the timeline
    on which another one leads has a history of its own, and `pg_rewind` sees no difference either.
    """

    def check(self, leader):
        from patroni.postgresql.rewind import REWIND_STATUS

        check_timeline_and_lsn(self, leader)
        if self._state != REWIND_STATUS.NOT_NEED or self._postgresql.is_running():
            return
        in_recovery, timeline, _ = self._get_local_timeline_lsn_from_controldata()
        if in_recovery is not False:
            return
        with self._postgresql.get_replication_connection_cursor(**leader.conn_kwargs()) as cursor:
            cursor.execute("IDENTIFY_SYSTEM")
            if cursor.fetchone()[1] == timeline:
                logger.error("%s leads on timeline %s, on which this member was primary too: its data are copied anew", leader.name, timeline)
                with Mark(self._postgresql.data_dir, REWINDING).hold():
                    pass

    return check


def copy_other_life(handle_rewind_or_reinitialize):
    def handle(self):
        return handle_rewind_or_reinitialize(self) or make_whole(self)

    return handle


def make_whole_first(handle_starting_instance):
    """What a turn asks before it looks at the data, unless they are being made."""

    def ask(self):
        answer = None if self.state_handler.bootstrapping else make_whole(self)
        return answer or handle_starting_instance(self)

    return ask


def make_whole(ha):
    """Makes data anew that are not whole, and says what is done; None when they are."""
    postgresql, cluster = ha.state_handler, ha.cluster
    initializing, rewinding, copying = (Mark(postgresql.data_dir, each) for each in (INITIALIZING, REWINDING, COPYING))
    left = [mark for mark in (initializing, rewinding, copying) if mark.is_left()]
    if not left:
        return None
    if ha.is_paused():
        return f"the data are not whole, which is left as it is while the cluster is paused: {left[0].path}"
    if any(mark.is_held() for mark in left):
        return f"waiting for what an earlier Patroni has started to end: it holds {left[0].path}"
    if initializing.is_left():
        return initialize_anew(ha, initializing)
    if ha.has_lock(False):
        ha.release_leader_key_voluntarily()
        return "released the leader key, because the data are not whole"
    # Data that were to be rewound are the last resort of a person.
    # Without a leader only what had not been there before is made, from a backup.
    is_last_resort = rewinding.is_left() and not copying.is_left() and not postgresql.data_directory_empty()
    if not can_be_copied(ha) if is_last_resort else cluster.is_unlocked() and cluster.initialize is None:
        return f"waiting for a leader whose data can be copied: what is here is not whole, says {left[0].path}"
    stop_at_once(ha)
    return ha.bootstrap()


def initialize_anew(ha, mark):
    """Has an initialization begin again that was cut off before it counted; None, without its mark, when it did count."""
    postgresql, cluster = ha.state_handler, ha.cluster
    is_written_down = cluster.initialize and not is_initialized_by_another(ha)
    if is_written_down or ha.has_lock(False) and postgresql.sysid:
        mark.remove()
        return None
    # Nobody can have written to them: whose they are is written down before the lock is taken.
    stop_at_once(ha)
    postgresql.remove_data_directory()
    postgresql._sysid = ""
    # First: an initialization that is cancelled by a mark of this one may be another instance's.
    mark.remove()
    if cluster.initialize == "":
        ha.dcs.cancel_initialization()
    ha.wakeup()
    return "initializing the cluster was cut off, and begins again"


def stop_at_once(ha):
    ha.state_handler.stop("immediate", stop_timeout=ha.patroni.config["retry_timeout"])


def can_be_copied(ha):
    """Whether the leader answers as a primary, and does not only hold the lock."""
    if ha.cluster.is_unlocked():
        return False
    rewind, credentials = ha._rewind, ha.state_handler.config.rewind_credentials
    return rewind.check_leader_is_not_in_recovery(rewind._conn_kwargs(ha.cluster.leader, credentials))


def start_only_whole_data():
    """Changes Patroni; raises LookupError or AttributeError, with nothing changed, where it is another Patroni than this was written for."""
    # In this order: patroni.ha cannot be the first to be imported.
    import patroni.postgresql
    import patroni.ha
    from patroni.postgresql.bootstrap import Bootstrap
    from patroni.postgresql.cancellable import CancellableSubprocess
    from patroni.postgresql.rewind import Rewind

    ha = patroni.ha.Ha
    changed = [
        (Bootstrap, "clone", mark_copy(Bootstrap.clone)),
        (ha, "_handle_crash_recovery", leave_copy_alone(ha._handle_crash_recovery)),
        (ha, "_handle_rewind_or_reinitialize", copy_other_life(ha._handle_rewind_or_reinitialize)),
        (Rewind, "_check_timeline_and_lsn", find_other_life(Rewind._check_timeline_and_lsn)),
        (Bootstrap, "bootstrap", mark_initialization(Bootstrap.bootstrap)),
        (CancellableSubprocess, "call", mark_rewind(CancellableSubprocess.call)),
        (patroni.postgresql.Postgresql, "initdb", lock_with_initdb(patroni.postgresql.Postgresql.initdb)),
        (ha, "cancel_initialization", forget_initialization(ha.cancel_initialization)),
        (ha, "post_bootstrap", end_initialization(ha.post_bootstrap)),
        (ha, "handle_starting_instance", make_whole_first(ha.handle_starting_instance)),
    ]
    used = ("bootstrap", "has_lock", "is_paused", "release_leader_key_voluntarily", "wakeup")
    of_rewind = ("_get_local_timeline_lsn_from_controldata", "check_leader_is_not_in_recovery", "_conn_kwargs")
    for owner, name in (*((ha, name) for name in used), *((Rewind, name) for name in of_rewind)):
        getattr(owner, name)
    for owner, name, method in changed:
        setattr(owner, name, method)
