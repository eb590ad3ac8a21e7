import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isPythonMissing, printBesidePatroni } from "../testing/beside-patroni.ts";

const PARTS = {
  "patroni/exceptions.py": "class PostgresConnectionException(Exception):\n    pass\n",
  "patroni/postgresql/__init__.py": `from patroni.exceptions import PostgresConnectionException
class Postgresql:
    state, starting = "in archive recovery", False
    def is_starting(self):
        return self.starting
    def replication_state(self):
        if not self.state:
            raise PostgresConnectionException("it does not answer")
        return self.state
`,
  "patroni/postgresql/rewind.py": `class Rewind:
    executed, triggered = False, False
    def trigger_check_diverged_lsn(self):
        self.triggered = True
`,
  "patroni/ha.py": `from patroni.postgresql import Postgresql
from patroni.postgresql.rewind import Rewind
class Ha:
    paused = False
    def __init__(self):
        self.state_handler, self._rewind = Postgresql(), Rewind()
    def is_paused(self):
        return self.paused
    def follow(self, demote_reason, follow_reason, refresh=True):
        return f"{self._rewind.triggered} {demote_reason} {follow_reason} {refresh}"
`,
};

describe("a replica past a fork", { skip: isPythonMissing }, () => {
  test("is looked for in each turn in which a replica reads the archive, and in no other", () => {
    const program = `from past_fork import look_for_fork
look_for_fork()
from patroni.ha import Ha
def turn(change=lambda ha: None):
    ha = Ha()
    change(ha)
    print(ha.follow("demoted", "follows", refresh=False))
turn()
turn(lambda ha: setattr(ha.state_handler, "state", "streaming"))
turn(lambda ha: setattr(ha.state_handler, "state", None))
turn(lambda ha: setattr(ha.state_handler, "starting", True))
turn(lambda ha: setattr(ha._rewind, "executed", True))
turn(lambda ha: setattr(ha, "paused", True))
`;
    // In order: reads the archive; streams; does not answer; starts; was rewound a moment ago, or in vain; paused.
    const looked = ["True", "False", "False", "False", "False", "False"];
    assert.deepEqual(
      printBesidePatroni(PARTS, program).split("\n"),
      looked.map((each) => `${each} demoted follows False`),
    );
  });
});
