import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isPythonMissing, printBesidePatroni } from "../testing/beside-patroni.ts";

/** A Patroni and a psutil of which only the parts are there that the change looks for. */
const PATRONI = {
  "patroni/dcs/kubernetes.py": `class Kubernetes:
    _LEADER = leader_path = patch_or_create = None
    def __init__(self):
        self._leader_observed_record = {}
        self._leader_observed_time = self._leader_resource_version = None
    def _cluster_from_nodes(self, version):
        self._leader_observed_record, self._leader_resource_version = {"version": version}, version
    def view(self):
        return self._leader_observed_record.get("version"), self._leader_resource_version, self._leader_observed_time
`,
  "patroni/postgresql/__init__.py": `class Postgresql:
    get_replica_timeline = get_primary_timeline = None
    def __init__(self):
        self._cached_replica_timeline = 3
`,
  "patroni/api.py": `from patroni.postgresql import Postgresql
class Server:
    startup = []
    class patroni:
        postgresql = Postgresql()
    def query(self, sql):
        if self.startup is None:
            raise RuntimeError("no connection")
        return self.startup
class RestApiHandler:
    told, server = {}, Server()
    def get_postgresql_status(self, retry=False):
        told = self.told.pop(0) if isinstance(self.told, list) else self.told
        return dict(told)
`,
  "patroni/ha.py": `import collections
class State(collections.namedtuple("State", "wal_position data")):
    timeline = property(lambda self: self.data.get("timeline", 0))
class Ha:
    states = []
    class state_handler:
        name, leads = "new", False
        last_operation = staticmethod(lambda: 100)
        is_primary = classmethod(lambda cls: cls.leads)
        timeline = 2
        get_replica_timeline = classmethod(lambda cls: cls.timeline)
    def fetch_nodes_statuses(self, members):
        return self.states
    def _is_healthiest_node(self, members, check_replication_lag=True):
        return [state.wal_position for state in self.fetch_nodes_statuses(members)]
    answer, quorum, given_up = True, True, []
    paused = False
    def is_paused(self):
        return self.paused
    def is_healthiest_node(self):
        return True
    class cluster:
        members = []
        class sync:
            leader, members = "old", ["new"]
            @classmethod
            def leader_matches(cls, name):
                return name == cls.leader
            @classmethod
            def matches(cls, name, check_leader):
                return name in cls.members or check_leader and name == cls.leader
        class failover:
            leader, candidate, version = "old", "new", 42
    demote = is_failover_possible = None
    class dcs:
        leader_path, _LEADER, lock = "lock", "leader", {}
        class _kinds:
            @staticmethod
            def get(name):
                return type("Kind", (), {"metadata": type("Metadata", (), {"annotations": Ha.dcs.lock})})
        @staticmethod
        def manual_failover(leader, candidate, version):
            Ha.given_up.append((leader, candidate, version))
    def quorum_commit_mode_is_active(self):
        return self.quorum
    def manual_failover_process_no_leader(self):
        return self.answer
`,
  "psutil.py": `class Error(Exception):
    pass
class Process:
    found, running = [], None
    def __init__(self, pid):
        if self.found is None:
            raise Error()
        self.pid = pid
        Process.running = pid
    def __eq__(self, other):
        return self.pid == other.pid
    def __hash__(self):
        return self.pid
    def is_running(self):
        return Process.running == self.pid
    def children(self):
        return self.found
class Child:
    def __init__(self, pid, *words):
        self.pid, self.cmdline = pid, lambda: list(words)
`,
};
const HEAD = `import time
import psutil
from elections import elect_who_has_all_commits
elect_who_has_all_commits()
from patroni.api import RestApiHandler
from patroni.ha import Ha, State
handler, ha = RestApiHandler(), Ha()
server = handler.server
replica = lambda position: {"xlog": {"received_location": position, "replayed_location": position}}
reads = lambda: handler.get_postgresql_status().get("reads_own_log", False)
def startup(pid, wait_event, streams=False, position="0/5"):
    server.startup, psutil.Process.running = [(pid, wait_event, streams, position)], pid
def asks(pid, *words):
    psutil.Process.found = [psutil.Child(pid, *words)]
handler.told = replica(5)
`;

describe("elections", { skip: isPythonMissing }, () => {
  /** What a program prints that runs after the change, a word per item; `said` is what it has to say on stderr. */
  const run = (program: string, said?: RegExp): string[] =>
    printBesidePatroni(PATRONI, HEAD + program, said).split(/\s+/);

  test("a replica says that it reads its own log until PostgreSQL waits for more", () => {
    const program = `startup(7, None)
print(reads())
startup(7, "RecoveryRetrieveRetryInterval")
print(reads())
startup(7, None)
print(reads())
startup(8, "RecoveryApplyDelay")
print(reads(), reads())
startup(8, None, True)
print(reads())
handler.told, server.startup = {"xlog": {"location": 5}}, []
print(reads())
handler.told = {"state": "starting"}
print(reads())
`;
    // Reads; waits; has waited; another process reads; has asked to stream; a primary; one that does not answer.
    assert.deepEqual(run(program), ["True", "False", "False", "True", "True", "False", "False", "False"]);
  });

  test("a moment's sign is seen also while nobody asks", () => {
    const program = `startup(7, None)
print(reads())
startup(7, "RecoveryRetrieveRetryInterval")
end, watchers = time.monotonic() + 10, lambda: [thread for thread in threading.enumerate() if thread.daemon]
while watchers() and time.monotonic() < end:
    time.sleep(0.01)
startup(7, None)
print(reads(), len(watchers()))
`;
    assert.deepEqual(run(`import threading\n${program}`), ["True", "False", "0"]);
  });

  test("the position is the one after the end was seen, not the one from before", () => {
    const program = `handler.told = [replica(5), replica(9)]
startup(7, None, True)
print(handler.get_postgresql_status()["xlog"]["replayed_location"], len(handler.told))
`;
    assert.deepEqual(run(program), ["9", "0"]);
  });

  test("nothing is known of one that cannot be asked, or is being promoted: it has no vote", () => {
    assert.deepEqual(run("server.startup = None\nprint(reads())\nserver.startup = []\nprint(reads(), reads())"), [
      "True",
      "True",
      "True",
    ]);
  });

  test("an archive that is slow: the same file asked for twice without progress, by two processes, is the end", () => {
    const program = `startup(7, "RestoreCommand")
asks(20, "sh", "get A")
print(reads(), reads())
asks(21, "sh", "get B")
print(reads())
psutil.Process.found = []
startup(6, "RestoreCommand")
asks(21, "sh", "get A")
print(reads())
psutil.Process.found = []
startup(7, "RestoreCommand", position="0/6")
asks(22, "sh", "get A")
print(reads())
for gone in ([], None):
    psutil.Process.found = gone
    print(reads())
asks(23)
print(reads())
asks(24, "sh", "get B")
print(reads())
asks(25)
print(reads())
asks(26, "sh", "get A")
print(reads())
`;
    // Once; the same process; another timeline's file; another startup process; progress; ended twice; a child without words yet; again
    // the other file; without words once more; the first file once more.
    assert.deepEqual(run(program), [...Array.from({ length: 10 }, () => "True"), "False"]);
  });

  test("who reads its own log has no vote, but counts as ahead if it is", () => {
    const program = `mark = {"reads_own_log": True}
ha.states = [State(90, mark), State(100, mark), State(110, mark), State(90, {}), State(110, {})]
print(*ha._is_healthiest_node([]))
print(*(state.wal_position for state in ha.fetch_nodes_statuses([])))
`;
    assert.deepEqual(run(program), ["0", "0", "110", "90", "110", "90", "100", "110", "90", "110"]);
  });

  test("who is on a later timeline is ahead wherever it is, and on an earlier one never; not knowing changes nothing", () => {
    const program = `on = lambda timeline, position, **more: State(position, {"timeline": timeline, **more})
ha.states = [on(1, 90), on(1, 110), on(2, 110), on(3, 90), on(3, 110), on(3, 0), on(0, 110), on(1, 110, reads_own_log=True)]
print(*ha._is_healthiest_node([]))
ha.state_handler.timeline = None
print(*ha._is_healthiest_node([]))
`;
    assert.deepEqual(run(program), [
      ...["90", "100", "110", "101", "110", "0", "110", "0"],
      ...["90", "110", "110", "90", "110", "0", "110", "110"],
    ]);
  });

  test("the lock is taken as the election has seen it, not as a request to the API has seen it meanwhile", () => {
    const program = `import threading
from patroni.dcs.kubernetes import Kubernetes
dcs = Kubernetes()
look = dcs._cluster_from_nodes
look("7")
request = threading.Thread(target=lambda: (print(*dcs.view()), look("8"), print(*dcs.view())))
request.start()
request.join()
print(*dcs.view())
`;
    assert.deepEqual(run(program), [..."7 7 None".split(" "), ..."8 8 None".split(" "), ..."7 7 None".split(" ")]);
  });

  test("a request to the API knows since when a leader is silent, also after it has seen an earlier one", () => {
    const program = `from concurrent.futures import ThreadPoolExecutor
from patroni.dcs.kubernetes import Kubernetes
dcs = Kubernetes()
with ThreadPoolExecutor(1) as requests:
    requests.submit(dcs._cluster_from_nodes, "7").result()
    dcs._cluster_from_nodes("8")
    dcs._leader_observed_time = 100
    print(dcs._leader_observed_time, requests.submit(lambda: (dcs._cluster_from_nodes("8"), dcs._leader_observed_time)).result()[1])
`;
    assert.deepEqual(run(program), ["100", "100"]);
  });

  test("a primary that still runs takes a free lock only if /sync names it", () => {
    const program = `may, state, sync = ha.is_healthiest_node, ha.state_handler, ha.cluster.sync
ha.cluster.failover = None
state.leads = True
print(may())
Ha.paused = True
print(may())
Ha.paused, Ha.quorum = False, False
print(may())
Ha.quorum, sync.leader = True, "new"
print(may())
sync.leader, state.leads = "old", False
print(may())
`;
    // Not named; paused; without quorum commit; named; a replica.
    const found = run(program, /^the lock is left to others: \/sync names old as the last leader\n$/);
    assert.deepEqual(found, ["False", "True", "True", "True", "True"]);
  });

  test("a switchover to one that is no synchronous replica is given up by that one", () => {
    const program = `may, sync = ha.is_healthiest_node, ha.cluster.sync
print(may(), len(ha.given_up))
sync.members = []
print(may(), *ha.given_up[0])
ha.cluster.failover.leader = None
print(may(), len(ha.given_up))
`;
    // Synchronous; not; an ordered failover, which names no leader.
    const found = run(program, /^the switchover to new is given up.*\n$/);
    assert.deepEqual(found, ["True", "0", "False", "42", "True", "1"]);
  });

  test("who is asked for a vote does not answer with the timeline of before the last promotion", () => {
    const program = `remembered = server.patroni.postgresql
handler.get_postgresql_status()
print(remembered._cached_replica_timeline)
handler.get_postgresql_status(True)
print(remembered._cached_replica_timeline)
`;
    // A probe; a vote.
    assert.deepEqual(run(program), ["3", "None"]);
  });

  test("the chosen one of a switchover needs the votes too, and without them the switchover is given up", () => {
    const program = `votes = lambda *positions: setattr(ha, "states", [State(position, {}) for position in positions])
may = ha.manual_failover_process_no_leader
votes(90)
print(bool(may()), len(ha.given_up))
votes()
print(bool(may()), *ha.given_up[0])
ha.dcs.lock = {"handed_over": "7 2 100", "transitions": "7"}
print(may())
ha.dcs.lock = {}
Ha.answer = None
print(may(), len(ha.given_up))
Ha.answer = True
ha.cluster.failover.leader = None
print(may())
ha.cluster.failover.leader, Ha.quorum = "old", False
print(may(), len(ha.given_up))
`;
    // With votes; without; with what the old leader has said; nothing to decide; an ordered failover; no quorum commit.
    const found = run(program, /^the switchover to new is given up.*\n$/);
    assert.deepEqual(found, ["True", "0", "False", "42", "True", "None", "1", "True", "True", "1"]);
  });
});
