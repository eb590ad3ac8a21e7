import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isPythonMissing, printBesidePatroni } from "../testing/beside-patroni.ts";

/** A psutil without processes, and a Patroni that only waits. */
const PARTS = {
  "psutil.py": "class Error(Exception):\n    pass\n",
  "patroni/postgresql/__init__.py": `class Postgresql:
    postmaster = None
    def is_running(self):
        return self.postmaster
    def _wait_promote(self, wait_seconds):
        return f"waited {wait_seconds}"
`,
};
const HEAD = `import signal
import promotion, psutil
promotion.promote_at_once()
from patroni.postgresql import Postgresql
class Process:
    def __init__(self, *title, lives=0, children=()):
        self.title, self.lives, self.below, self.signals = title, lives, children, []
    def cmdline(self):
        if not self.title:
            raise psutil.Error()
        return list(self.title)
    def children(self):
        return self.below
    def is_running(self):
        self.lives -= 1
        return self.lives >= 0
    def send_signal(self, which):
        self.signals.append(which)
def promote(*children):
    postgresql = Postgresql()
    postgresql.postmaster = Process("postgres", children=children)
    print(postgresql._wait_promote(7), *(len(child.signals) if set(child.signals) <= {signal.SIGHUP} else "?" for child in children))
`;

describe("an ordered promotion", { skip: isPythonMissing }, () => {
  const print = (program: string): string[] => printBesidePatroni(PARTS, HEAD + program).split("\n");

  test("keeps the startup process awake until that has ended, and no other one", () => {
    const program = `promote(Process(), Process("postgres: startup-ha: checkpointer", lives=9), Process("postgres: startup-ha: startup recovering 000000010000000000000003", lives=3))
promote(Process("postgres: startup ", lives=1))
promote(Process("postgres: hello: walreceiver", lives=9))
print(Postgresql()._wait_promote(7))
`;
    assert.deepEqual(print(program), ["waited 7 0 0 3", "waited 7 1", "waited 7 0", "waited 7"]);
  });

  test("leaves one that replays for long alone", () => {
    const program = `promotion.LONGEST_SECONDS = 0.1
promote(Process("postgres: hello: startup recovering 000000010000000000000003", lives=1_000))
`;
    const [waited] = print(program);
    const times = Number(/^waited 7 (\d+)$/.exec(waited ?? "")?.[1]);
    assert.ok(times >= 1 && times <= 4, waited);
  });
});
