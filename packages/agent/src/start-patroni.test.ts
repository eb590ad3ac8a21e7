import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isPythonMissing, startBesidePatroni } from "../testing/beside-patroni.ts";

/** A Patroni of which only the parts are there that the starter looks for; `main` prints what it sees. */
const HA = `import time
class Ha:
    def __init__(self):
        self._leader_timeline = None
    def _is_healthiest_node(self):
        pass
    def is_healthiest_node(self):
        pass
    def fetch_nodes_statuses(self):
        pass
    def manual_failover_process_no_leader(self):
        pass
    demote = cancel_initialization = _handle_crash_recovery = _handle_rewind_or_reinitialize = bootstrap = has_lock = is_paused = release_leader_key_voluntarily = follow = None
    def handle_starting_instance(self):
        pass
    def post_bootstrap(self):
        pass
    asked = 0
    def is_failover_possible(self, *, cluster_lsn=0):
        self.asked += 1
        return cluster_lsn == 0 or self.asked >= 3
    class _async_executor:
        scheduled_action = None
    tells_first = True
    def touch_member(self):
        return "told"
    def run_cycle(self):
        before = self.touch_member() if self.tells_first else None
        self._async_executor.scheduled_action = "promote"
        return before, self.touch_member()
    _promote_timestamp = 0
    prepared = True
    quorum = True
    def quorum_commit_mode_is_active(self):
        return self.quorum
    class cluster:
        class sync:
            leader, members, voters, quorum, version = "old", ["old", "New", "third"], ["New", "third"], 1, 42
            @classmethod
            def leader_matches(cls, name):
                return name == cls.leader
    class dcs:
        accepts = True
        writes = []
        @classmethod
        def write_sync_state(cls, leader, voters, quorum, version):
            cls.writes.append((leader, *voters, quorum, version))
            return cls.accepts
    class state_handler:
        name = "new"
        streaming, waited_for = [], {"replica", "other"}
        primary = True
        @classmethod
        def is_primary(cls):
            return cls.primary
    def process_sync_replication(self):
        return self._promote_timestamp
    def process_sync_replication_prepromote(self):
        return self.prepared
    wakes = 0
    def wakeup(self):
        self.wakes += 1
`;
const POSTGRESQL = `STOP_POLLING_INTERVAL = 1
class Postgresql:
    get_replica_timeline = get_primary_timeline = initdb = start = data_dir = is_primary = is_running = replica_cached_timeline = _wait_promote = None
    def __init__(self):
        self._cached_replica_timeline = None
`;
/** The parts that the modules beside the starter look for. */
const PARTS = {
  "psutil.py": "",
  "patroni/api.py": `class RestApiHandler:
    def get_postgresql_status(self):
        pass
`,
  "patroni/dcs/kubernetes.py": `import socket
def keepalive_socket_options(timeout, idle, cnt=3):
    yield socket.SOL_SOCKET, socket.SO_KEEPALIVE, timeout
class Kubernetes:
    _LEADER = leader_path = patch_or_create = _cluster_from_nodes = None
    def __init__(self):
        self._leader_observed_record = self._leader_observed_time = self._leader_resource_version = None
`,
  "patroni/exceptions.py": "class PostgresException(Exception):\n    pass\n",
  "patroni/postgresql/sync.py": `import collections
State = collections.namedtuple("State", "sync_type sync sync_confirmed active")
class SyncHandler:
    kind, confirmed, of = "quorum", set(), None
    def current_state(self, cluster):
        return State(self.kind, set(self.of.waited_for), self.confirmed, set(self.of.streaming))
`,
  "patroni/postgresql/bootstrap.py": "class Bootstrap:\n    clone = bootstrap = None\n",
  "patroni/postgresql/rewind.py":
    "class Rewind:\n    _check_timeline_and_lsn = _get_local_timeline_lsn_from_controldata = None\n    _conn_kwargs = check_leader_is_not_in_recovery = executed = trigger_check_diverged_lsn = None\n",
  "patroni/postgresql/cancellable.py": "class CancellableSubprocess:\n    call = None\n",
};
const MAIN = `import time
def main():
    import patroni.ha, patroni.postgresql, patroni.postgresql.sync, patroni.dcs.kubernetes
    sync_handler = patroni.ha.Ha.state_handler.sync_handler = patroni.postgresql.sync.SyncHandler()
    sync_handler.of = patroni.ha.Ha.state_handler
    begin = time.monotonic()
    patroni.ha.time.sleep(1)
    patroni.ha.time.sleep(0.4)
    ha = patroni.ha.Ha()
    print(round(time.monotonic() - begin, 1), patroni.postgresql.STOP_POLLING_INTERVAL, ha.is_failover_possible(cluster_lsn=5), ha.asked)
    for _ in range(2):
        begin = time.monotonic()
        print(*ha.run_cycle(), time.monotonic() - begin >= 0.05)
    ha._async_executor.scheduled_action = None
    failing, ha.tells_first = [], False
    for _ in range(3):
        failing.append(ha.run_cycle()[1])
        ha._async_executor.scheduled_action = None
    print(*failing)
    chosen = [ha.process_sync_replication()]
    ha._promote_timestamp = 9
    chosen.append(ha.process_sync_replication())
    ha.state_handler.streaming.append("replica")
    print(*chosen, ha.process_sync_replication())
    may = [ha.process_sync_replication_prepromote()]
    ha._promote_timestamp = 0
    ha.state_handler.streaming.clear()
    ha.state_handler.primary = False
    waits = [ha.process_sync_replication()]
    ha.state_handler.primary = True
    waits.append(abs(ha.process_sync_replication() - time.time()) < 5)
    ha.state_handler.streaming.append("stranger")
    waits.append(ha.process_sync_replication())
    counted = []
    counts = lambda: counted.append("+".join(sorted(sync_handler.current_state(ha.cluster).active)) + f":{sync_handler.keeps}")
    counts()
    ha.state_handler.streaming.append("replica")
    counts()
    sync_handler.confirmed = {"replica"}
    counts()
    sync_handler.confirmed = set()
    ha.state_handler.streaming.append("other")
    counts()
    ha.state_handler.streaming.clear()
    counts()
    ha.state_handler.streaming.append("stranger")
    voters, ha.cluster.sync.voters = ha.cluster.sync.voters, []
    counts()
    ha.cluster.sync.voters, sync_handler.kind = voters, "priority"
    counts()
    sync_handler.kind, ha.looks_again, before = "quorum", 0, ha.wakes
    for _ in range(8):
        counts()
        ha.process_sync_replication()
    counted[-8:] = [str(ha.wakes - before)]
    ha.state_handler.waited_for, ha.state_handler.streaming[:] = set(), ["stranger"]
    for ha.cluster.sync.voters in (["third"], []):
        ha._promote_timestamp = 9
        waits.append(ha.process_sync_replication())
    ha.dcs.accepts, ha.wakes = False, 0
    for _ in range(2):
        may.append(ha.process_sync_replication_prepromote())
    written = list(ha.dcs.writes)
    ha.prepared = False
    may.append(ha.process_sync_replication_prepromote())
    ha.prepared, ha.cluster.sync.leader = True, "new"
    may.append(ha.process_sync_replication_prepromote())
    ha.quorum, ha.cluster.sync.leader = False, "old"
    may.append(ha.process_sync_replication_prepromote())
    print(*may, *written, len(ha.dcs.writes) - len(written), ha.wakes)
    print(*waits)
    print(*counted)
    print(*patroni.dcs.kubernetes.keepalive_socket_options(30, idle=20))
    return 7
`;

describe("Patroni's starter", { skip: isPythonMissing }, () => {
  const start = (more: Readonly<Record<string, string>>): { status: number | null; out: string; err: string } => {
    const parts = { ...PARTS, "patroni/__main__.py": MAIN, "patroni/postgresql/__init__.py": POSTGRESQL, ...more };
    const { status, stdout, stderr } = startBesidePatroni(parts, "start-patroni.py", "/etc/patroni");
    return { status, out: stdout.trim(), err: stderr.trim() };
  };

  test("shortens its waits, asks until a replica has the last record, and has /sync name the new leader before it leads", () => {
    const found = start({ "patroni/ha.py": HA });
    const [waits, ordering, ordered, failing, streaming, promoting, connecting, counted, options] =
      found.out.split("\n");
    assert.deepEqual([found.status, found.err], [7, ""]);
    assert.deepEqual([waits, ordering, ordered], ["0.4 0.05 True 3", "told True False", "told told True"]);
    assert.equal(failing, "True told True", "of promotions that fail at once every other turn is told");
    assert.equal(streaming, "0 9 1");
    // In order: written; twice refused by a newer version, and woken once; not prepared; already the leader there; no quorum commit.
    const write = "('new', 'old', 'third', 1, 42)";
    assert.equal(promoting, `True False False False True True ${write} ${write} ${write} 0 1`);
    assert.equal(
      connecting,
      "0 True 1 9 1",
      "a new primary waits for replicas from its first turn on, until one streams, but not for voters that it knows nothing of",
    );
    const all = "other+replica+stranger";
    // In order: none that streams has everything; one has; all stream; none does; no voters; no quorum commit; and how often it is looked at again.
    const expected = [`${all}:True`, `${all}:True`, "replica+stranger:False", `${all}:False`, ":False"];
    assert.deepEqual(counted?.split(" "), [...expected, "stranger:False", "stranger:False", "5"]);
    assert.equal(options, "(1, 9, 30) (6, 1, 1)", "Patroni's own, and TCP_NODELAY");
  });

  test("starts another version as it is, and says so in a line each", () => {
    const another = { "patroni/postgresql/__init__.py": POSTGRESQL.replace("STOP_", "") };
    const { status, out, err } = start({ "patroni/ha.py": HA, ...another });
    assert.equal(status, 1, "this main needs the constant: it has been called");
    assert.equal(out, "");
    assert.match(err, /^Patroni keeps its own waits.*STOP_POLLING_INTERVAL not found\n/);
    assert.doesNotMatch(err, /elections|finds/, "one change does not depend on the other");
    const without = start({ ...another, "patroni/__main__.py": "def main():\n    return 7\n" });
    assert.equal(without.status, 7);
    assert.match(
      without.err,
      /^Patroni keeps its own waits.*No module named 'patroni.ha'\nPatroni holds its own elections.*'patroni.ha'\nPatroni starts what it finds.*'patroni.ha'\nA replica that has read.*'patroni.ha'$/,
    );
  });
});
