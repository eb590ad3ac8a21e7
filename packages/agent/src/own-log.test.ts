import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";

/** A Patroni and a psutil of which only the parts are there that the change looks for. */
const PATRONI = {
  "patroni/__init__.py": "",
  "patroni/postgresql/__init__.py": "",
  "patroni/api.py": `class RestApiHandler:
    told, startup = {}, []
    def get_postgresql_status(self):
        told = self.told.pop(0) if isinstance(self.told, list) else self.told
        return dict(told)
    def query(self, sql):
        if self.startup is None:
            raise RuntimeError("no connection")
        return self.startup
`,
  "patroni/ha.py": `import collections
State = collections.namedtuple("State", "wal_position data")
class Ha:
    states = []
    class state_handler:
        last_operation = staticmethod(lambda: 100)
    def fetch_nodes_statuses(self, members):
        return self.states
    def _is_healthiest_node(self, members):
        return [state.wal_position for state in self.fetch_nodes_statuses(members)]
`,
  "psutil.py": `class Error(Exception):
    pass
class Process:
    found = []
    def __init__(self, pid):
        if self.found is None:
            raise Error()
    def children(self):
        return self.found
class Child:
    def __init__(self, pid, *words):
        self.pid, self.cmdline = pid, lambda: list(words)
`,
};
const HEAD = `import psutil
from own_log import count_votes_of_read_logs
count_votes_of_read_logs()
from patroni.api import RestApiHandler
from patroni.ha import Ha, State
handler, ha = RestApiHandler(), Ha()
replica = lambda position: {"xlog": {"received_location": position, "replayed_location": position}}
reads = lambda: handler.get_postgresql_status().get("reads_own_log", False)
`;

describe("votes of replicas", { skip: spawnSync("python3", ["--version"]).status !== 0 }, () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "own-log-"));
    mkdirSync(join(folder, "patroni", "postgresql"), { recursive: true });
    for (const [name, text] of Object.entries(PATRONI)) writeFileSync(join(folder, name), text);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** What a program prints that runs after the change, a word per item. */
  const run = (program: string): string[] => {
    const path = `${folder}:${join(import.meta.dirname, "bin")}`;
    const { stdout, stderr } = spawnSync("python3", ["-c", HEAD + program], {
      encoding: "utf8",
      env: { ...process.env, PYTHONPATH: path, PYTHONDONTWRITEBYTECODE: "1" },
    });
    assert.equal(stderr, "");
    return stdout.trim().split(/\s+/);
  };

  test("a replica says that it reads its own log until PostgreSQL waits for more", () => {
    const program = `handler.told = replica(5)
handler.startup = [(7, None, False)]
print(reads())
handler.startup = [(7, "RecoveryRetrieveRetryInterval", False)]
print(reads())
handler.startup = [(7, None, False)]
print(reads())
handler.startup = [(8, "RecoveryApplyDelay", False)]
print(reads(), reads())
handler.startup = [(8, None, True)]
print(reads())
handler.told = {"xlog": {"location": 5}}
handler.startup = []
print(reads())
handler.told = {"state": "starting"}
print(reads())
`;
    // Reads; waits; has waited; another process reads; has asked to stream; a primary; one that does not answer.
    assert.deepEqual(run(program), ["True", "False", "False", "True", "True", "False", "False", "False"]);
  });

  test("the position is the one after the end was seen, not the one from before", () => {
    const program = `handler.told = [replica(5), replica(9)]
handler.startup = [(7, None, True)]
print(handler.get_postgresql_status()["xlog"]["replayed_location"], len(handler.told))
`;
    assert.deepEqual(run(program), ["9", "0"]);
  });

  test("nothing is known of one that cannot be asked, or is being promoted: it has no vote", () => {
    assert.deepEqual(
      run(
        "handler.told = replica(5)\nhandler.startup = None\nprint(reads())\nhandler.startup = []\nprint(reads(), reads())",
      ),
      ["True", "True", "True"],
    );
  });

  test("an archive that is slow: the same file asked for twice without progress, by two processes, is the end", () => {
    const program = `handler.told = replica(5)
handler.startup = [(7, "RestoreCommand", False)]
psutil.Process.found = [psutil.Child(20, "sh", "get A")]
print(reads(), reads())
psutil.Process.found = [psutil.Child(21, "sh", "get B")]
print(reads())
handler.told = replica(6)
psutil.Process.found = [psutil.Child(22, "sh", "get B")]
print(reads())
for gone in ([], None):
    psutil.Process.found = gone
    print(reads())
psutil.Process.found = [psutil.Child(23, "sh", "get B")]
print(reads())
psutil.Process.found = [psutil.Child(24, "sh", "get B")]
print(reads())
`;
    // Once; the same process; another file; progress; ended twice; begins anew; again by another process.
    assert.deepEqual(run(program), ["True", "True", "True", "True", "True", "True", "True", "False"]);
  });

  test("who reads its own log has no vote, but counts as ahead if it is", () => {
    const program = `mark = {"reads_own_log": True}
ha.states = [State(90, mark), State(100, mark), State(110, mark), State(90, {}), State(110, {})]
print(*ha._is_healthiest_node([]))
print(*(state.wal_position for state in ha.fetch_nodes_statuses([])))
`;
    assert.deepEqual(run(program), ["0", "0", "110", "90", "110", "90", "100", "110", "90", "110"]);
  });
});
