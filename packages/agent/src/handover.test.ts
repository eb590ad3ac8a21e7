import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isPythonMissing, printBesidePatroni } from "../testing/beside-patroni.ts";

/** A Patroni of which only the parts are there that the change looks for. */
const PATRONI = {
  "patroni/postgresql/__init__.py": "class Postgresql:\n    get_primary_timeline = None\n",
  "patroni/dcs/kubernetes.py": `class Kubernetes:
    _LEADER, leader_path = "leader", "lock"
    def __init__(self):
        self.objects, self._kinds = {}, self
    def get(self, name):
        if name in self.objects:
            return type("Kind", (), {"metadata": type("Metadata", (), {"annotations": self.objects[name]})})
    def patch_or_create(self, name, annotations, *args, **kwargs):
        self.objects.setdefault(name, {}).update(annotations)
`,
  "patroni/ha.py": `class Ha:
    def __init__(self, dcs):
        self.dcs, self.state_handler, self.caught_up = dcs, self, True
        self.timeline, self.position = 3, 100
    def get_primary_timeline(self):
        if self.timeline is None:
            raise RuntimeError("no connection")
        return self.timeline
    def get_replica_timeline(self):
        return self.timeline
    def last_operation(self):
        return self.position
    def is_failover_possible(self, *, cluster_lsn=0):
        return self.caught_up
    def demote(self, mode):
        if self.is_failover_possible(cluster_lsn=90):
            self.dcs.patch_or_create("lock", {"leader": None, "optime": "80"}, "42", True)
`,
};
const HEAD = `from handover import changed_for_handover, has_what_was_handed_over
for owner, name, method in changed_for_handover():
    setattr(owner, name, method)
from patroni.dcs.kubernetes import Kubernetes
from patroni.ha import Ha
dcs = Kubernetes()
old, new = Ha(dcs), Ha(dcs)
lock = dcs.objects.setdefault("lock", {"leader": "old", "transitions": "7"})
has = lambda: has_what_was_handed_over(new)
`;

describe("handing over", { skip: isPythonMissing }, () => {
  /** The lines that a program prints which runs after the change. */
  const run = (program: string): string[] => printBesidePatroni(PATRONI, HEAD + program).split("\n");

  test("the chosen one has everything when it is where the old leader ended, on its timeline", () => {
    const program = `print(has())
old.demote("graceful")
print(lock["handed_over"], lock["leader"], has())
new.position = 89
print(has())
new.position, new.timeline = 100, 2
print(has())
`;
    assert.deepEqual(run(program), ["False", "7 3 90 None True", "False", "False"]);
  });

  test("what was said counts for that one change of leaders", () => {
    const program = `old.demote("graceful")
lock["leader"] = "another"
print(has())
lock.update(leader=None, transitions="8")
print(has())
`;
    assert.deepEqual(run(program), ["False", "False"]);
  });

  test("nothing is said by a leader that ends in another way, or whose replica lacks the last record, or of another object", () => {
    const program = `old.demote("immediate")
print("handed_over" in lock)
old.timeline = None
old.demote("graceful")
print("handed_over" in lock)
old.timeline, old.caught_up = 3, False
old.demote("graceful")
dcs.patch_or_create("lock", {"leader": None})
print("handed_over" in lock)
old.caught_up = True
old.timeline_of_reign = 3
old.is_failover_possible(cluster_lsn=90)
dcs.patch_or_create("config", {"leader": None})
dcs.patch_or_create("lock", {"optime": "80"})
dcs.patch_or_create("lock", {"leader": "old"})
print("handed_over" in lock, "handed_over" in dcs.objects["config"])
old.demote("immediate")
dcs.patch_or_create("lock", {"leader": None})
print("handed_over" in lock)
`;
    assert.deepEqual(run(program), ["False", "False", "False", "False False", "False"]);
  });
});
