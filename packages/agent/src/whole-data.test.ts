import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { isPythonMissing, printBesidePatroni, runBesidePatroni } from "../testing/beside-patroni.ts";
import { forgetCutOff } from "./restore-marks.ts";

/** A Patroni of which only the parts are there that the change looks for. */
const PATRONI = {
  "patroni/exceptions.py": "class PostgresException(Exception):\n    pass\n",
  "patroni/postgresql/__init__.py": `class Postgresql:
    def initdb(self, *args, **kwargs):
        return sorted(kwargs)
`,
  "patroni/postgresql/bootstrap.py": `import patroni.postgresql
class Bootstrap:
    copied, seen = True, None
    def __init__(self, postgresql):
        self._postgresql = postgresql
    def clone(self, member):
        self.seen = self._postgresql.marks()
        return self.copied
    def bootstrap(self, config):
        return [*self._postgresql.marks(), *patroni.postgresql.Postgresql().initdb()]
`,
  "patroni/postgresql/rewind.py": `class REWIND_STATUS:
    NEED, NOT_NEED = 3, 4
class Rewind:
    found, state, control = 4, 4, (False, 7, 100)
    def __init__(self, postgresql):
        self._postgresql = postgresql
    def _check_timeline_and_lsn(self, leader):
        self._state = self.state
    def _get_local_timeline_lsn_from_controldata(self):
        return self.control
    leader_answers = True
    def _conn_kwargs(self, leader, credentials):
        return {"leader": leader, "credentials": credentials}
    def check_leader_is_not_in_recovery(self, conn_kwargs):
        assert conn_kwargs == {"leader": "other", "credentials": "rewinder"}
        return self.leader_answers
`,
  "patroni/postgresql/cancellable.py": `class CancellableSubprocess:
    code, stderr, ran = 0, b"", None
    def call(self, command, communicate=None, pass_fds=()):
        self.ran = (command[-1], len(pass_fds))
        if isinstance(self.code, Exception):
            raise self.code
        if communicate is not None:
            communicate["stderr"] = self.stderr
        return self.code
`,
  "patroni/ha.py": `from patroni.postgresql.rewind import Rewind
class Ha:
    def __init__(self, postgresql):
        self.state_handler, self.did, self.lock, self.paused = postgresql, [], False, False
        self.dcs, self.cluster = self, self
        self.patroni = type("Patroni", (), {"config": {"retry_timeout": 10}})
        self.initialize, self.leader = "42", "other"
        self._rewind = Rewind(postgresql)
    def bootstrap(self):
        return "copies"
    def _handle_crash_recovery(self):
        return "recovers"
    def _handle_rewind_or_reinitialize(self):
        return None
    def is_unlocked(self):
        return self.leader is None
    def has_lock(self, info=True):
        return self.lock
    def is_paused(self):
        return self.paused
    def release_leader_key_voluntarily(self):
        self.did.append("released")
    def cancel_initialization(self):
        self.did.append("cancelled")
    def wakeup(self):
        self.did.append("woken")
    def handle_starting_instance(self):
        return "starts"
    def post_bootstrap(self):
        return "initialized"
`,
};
const HEAD = `import contextlib
import os
import patroni
from whole_data import Mark, start_only_whole_data
start_only_whole_data()
from patroni.exceptions import PostgresException
from patroni.ha import Ha
from patroni.postgresql.bootstrap import Bootstrap
from patroni.postgresql.cancellable import CancellableSubprocess
from patroni.postgresql.rewind import Rewind
class Postgresql:
    data_dir, sysid, bootstrapping, removed = volume + "/data", "42", False, []
    def marks(self):
        return sorted(name[5:] for name in os.listdir(volume) if name.startswith("data."))
    def stop(self, mode, stop_timeout):
        self.removed.append("stopped")
    def remove_data_directory(self):
        self.removed.append("removed")
    running, timeline, empty, _sysid = False, 7, False, "old"
    config = type("Config", (), {"rewind_credentials": "rewinder"})
    def data_directory_empty(self):
        return self.empty
    def is_running(self):
        return self.running
    @contextlib.contextmanager
    def get_replication_connection_cursor(self, host):
        yield self
    def execute(self, statement):
        assert statement == "IDENTIFY_SYSTEM"
    def fetchone(self):
        return ("sysid", self.timeline)
postgresql = Postgresql()
bootstrap, program, ha = Bootstrap(postgresql), CancellableSubprocess(), Ha(postgresql)
turn = ha.handle_starting_instance
leave = lambda *activities: [open(postgresql.data_dir + "." + each, "w").close() for each in activities]
def show(*items):
    print(*(",".join(map(str, item)) if isinstance(item, list) else item for item in items), sep="|")
`;

describe("whole data", { skip: isPythonMissing }, () => {
  let volume: string;
  beforeEach(() => {
    volume = mkdtempSync(join(tmpdir(), "whole-data-"));
    mkdirSync(join(volume, "data"));
  });
  afterEach(() => rmSync(volume, { recursive: true }));

  /** The lines that a program prints which runs after the change; `said` is what it has to say on stderr. */
  const run = (program: string, said?: RegExp): string[] =>
    printBesidePatroni(PATRONI, `volume = ${JSON.stringify(volume)}\n${HEAD}${program}`, said).split("\n");
  const marks = (): string[] => readdirSync(volume).filter((name) => name !== "data");

  test("whole data are started", () => {
    assert.deepEqual(run("show(turn())"), ["starts"]);
  });

  test("a copy is marked until it is whole; a copy in its place ends the mark of a rewind too", () => {
    const program = `leave("rewinding")
bootstrap.copied = False
show(bootstrap.clone(None), bootstrap.seen, postgresql.marks())
bootstrap.copied = True
show(bootstrap.clone(None), bootstrap.seen, postgresql.marks())
`;
    assert.deepEqual(run(program), ["False|copying,rewinding|copying,rewinding", "True|copying,rewinding|"]);
  });

  test("a rewind is marked until it has ended, unless it ended before it changed anything", () => {
    const program = `rewind = lambda: program.call(["/bin/pg_rewind", "-D", postgresql.data_dir], communicate={})
show(rewind(), *program.ran, postgresql.marks())
for program.code, program.stderr in ((1, b"error: could not connect"), (None, b""), (-9, b"need to copy 7 MB")):
    show(rewind(), postgresql.marks())
leave("rewinding")
program.code = PostgresException("cancelled")
try:
    rewind()
except PostgresException:
    show("cancelled", postgresql.marks())
program.code = 0
show(program.call(["/bin/pg_rewind", "--help"]), program.call(["/bin/postgres"]), *program.ran)
`;
    // Whole; the source was gone; not started; killed in the midst; Patroni ends; no rewind at all.
    assert.deepEqual(run(program), [
      "0|--progress|1|",
      "1|",
      "None|",
      "-9|rewinding",
      "cancelled|",
      "0|0|/bin/postgres|0",
    ]);
  });

  test("a program for a copy holds the mark for as long as it runs, whatever becomes of Patroni", () => {
    const program = `def clone(self, member):
    import subprocess
    program.call(["/bin/sh", "-c", "copy"])
    self.child = subprocess.Popen(["sleep", "60"], pass_fds=(Mark.held.fileno(),))
Bootstrap.clone = whole_data.mark_copy(clone)
show(bootstrap.clone(None), *program.ran, Mark.held)
show(turn())
bootstrap.child.kill()
bootstrap.child.wait()
show(turn())
`;
    const [copied, waits, copies] = run(`import whole_data\n${program}`);
    assert.equal(copied, "None|copy|1|None");
    assert.match(waits ?? "", /^waiting for what an earlier Patroni has started to end/);
    assert.equal(copies, "copies");
  });

  test("data that are not whole are copied anew, those that were to be rewound only from a leader that answers", () => {
    const program = `leave("copying")
show(turn(), postgresql.removed)
ha.leader = None
show(turn())
ha.initialize = None
show(turn()[:20])
os.unlink(postgresql.data_dir + ".copying")
leave("rewinding")
ha.initialize = "42"
show(turn()[:20])
ha.leader = "other"
show(turn())
ha._rewind.leader_answers = False
show(turn()[:20])
postgresql.empty = True
show(turn())
ha.leader, ha.lock = "this", True
show(turn()[:20], ha.did)
ha.lock, ha.paused = False, True
show(turn()[:26])
ha.paused, postgresql.bootstrapping = False, True
show(turn())
`;
    const waits = "waiting for a leader";
    // From a leader; from a backup without one, as where nothing was; nothing to copy from; rewound data: no leader; one; one that only holds
    // the lock; nothing is left that could be lost; it leads itself; paused; being made.
    assert.deepEqual(run(program), [
      ...["copies|stopped", "copies", waits, waits, "copies", waits, "copies"],
      "released the leader |released",
      "the data are not whole, wh",
      "starts",
    ]);
    assert.deepEqual(marks(), ["data.rewinding"]);
  });

  test("a copy that was never started is not recovered as a primary that has crashed", () => {
    const program = `os.mkdir(postgresql.data_dir) if not os.path.isdir(postgresql.data_dir) else None
show(ha._handle_crash_recovery())
open(postgresql.data_dir + "/backup_label", "w").close()
show(ha._handle_crash_recovery())
`;
    assert.deepEqual(run(program), ["recovers", "None"]);
  });

  test("who has been primary on the timeline on which another one leads has a history of its own: its data are copied", () => {
    const program = `rewind = Rewind(postgresql)
leader = type("Leader", (), {"name": "other", "conn_kwargs": lambda self: {"host": "other"}})()
def check():
    rewind._check_timeline_and_lsn(leader)
    show(postgresql.marks(), ha._handle_rewind_or_reinitialize())
rewind.control = (True, 7, 100)
check()
rewind.control, postgresql.timeline = (False, 7, 100), 8
check()
postgresql.timeline, rewind.state = 7, 3
check()
rewind.state, postgresql.running = 4, True
check()
postgresql.running = False
check()
`;
    // A replica; the leader is further; it is rewound anyway; it runs, and so as a replica; both were primary on timeline 7.
    const said = /^other leads on timeline 7, on which this member was primary too: its data are copied anew\n$/;
    assert.deepEqual(run(program, said), ["|None", "|None", "|None", "|None", "rewinding|copies"]);
  });

  test("an initialization counts when it is written down whose data they are; before that it begins again", () => {
    const program = `show(bootstrap.bootstrap({}), postgresql.marks())
postgresql.bootstrapping, ha.initialize = True, ""
show(ha.post_bootstrap(), postgresql.marks())
postgresql.bootstrapping = False
show(ha.post_bootstrap(), postgresql.marks())
ha.initialize = "42"
leave("initializing")
show(turn(), postgresql.marks(), postgresql.removed)
ha.initialize, ha.lock = "", True
leave("initializing")
show(turn(), postgresql.marks(), postgresql.removed)
ha.lock = False
for ha.initialize, postgresql.sysid in (("", ""), (None, "42"), ("43", "42")):
    leave("initializing")
    show(turn()[:24], postgresql.marks(), postgresql.removed, postgresql._sysid, ha.did)
    del postgresql.removed[:], ha.did[:]
`;
    // Killed right after it was written down; with the lock; in initdb; before it was written down; another one's cluster by now.
    assert.deepEqual(run(program), [
      "initializing,pass_fds|initializing",
      "initialized|initializing",
      "initialized|",
      "starts||",
      "starts||",
      "initializing the cluster||stopped,removed||cancelled,woken",
      "initializing the cluster||stopped,removed||woken",
      "initializing the cluster||stopped,removed||woken",
    ]);
  });

  test("of two initializations one counts, and a failed one does not end the next", () => {
    const program = `leave("initializing")
postgresql.bootstrapping, ha.initialize = True, "43"
show(ha.post_bootstrap(), postgresql.bootstrapping, postgresql.marks())
ha.cancel_initialization()
show(postgresql.marks(), ha.did)
`;
    assert.deepEqual(run(program), [
      "another instance has initialized the cluster meanwhile|False|initializing",
      "|cancelled",
    ]);
  });

  test("a restore ends all marks", () => {
    run('leave("copying", "rewinding", "initializing")');
    assert.equal(marks().length, 3);
    forgetCutOff(join(volume, "data"));
    assert.deepEqual(marks(), []);
  });

  test("a Patroni without one of the places is left as it is", () => {
    const program = "from whole_data import start_only_whole_data\nstart_only_whole_data()";
    const { stderr, status } = runBesidePatroni({ ...PATRONI, "patroni/ha.py": "class Ha:\n    pass\n" }, program);
    assert.equal(status, 1);
    assert.match(stderr, /has no attribute '_handle_crash_recovery'/);
    assert.ok(!existsSync(join(volume, "data.copying")));
  });
});
