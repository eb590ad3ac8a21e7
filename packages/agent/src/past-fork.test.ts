import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isPythonMissing, printBesidePatroni } from "../testing/beside-patroni.ts";

const PARTS = {
  "patroni/postgresql/__init__.py": `class Postgresql:
    state, timeline, primary = "running", 8, False
    def is_primary(self):
        return self.primary
    def replica_cached_timeline(self, of_leader):
        return self.timeline
`,
  "patroni/postgresql/rewind.py": `class Rewind:
    executed, triggered = False, 0
    def trigger_check_diverged_lsn(self):
        self.triggered += 1
`,
  "patroni/ha.py": `from patroni.postgresql import Postgresql
from patroni.postgresql.rewind import Rewind
class Ha:
    paused = False
    def __init__(self):
        self.state_handler, self._rewind = Postgresql(), Rewind()
        self._leader_timeline = 9
    def is_paused(self):
        return self.paused
    def follow(self, demote_reason, follow_reason, refresh=True):
        return f"{self._rewind.triggered} {demote_reason} {follow_reason} {refresh}"
`,
};
const HEAD = `from past_fork import look_for_fork
look_for_fork()
from patroni.ha import Ha
def turns(*changes):
    ha = Ha()
    for change in (*changes, None, None):
        if change:
            change(ha)
        print(ha.follow("demoted", "follows", refresh=False)[0], end="")
    print()
`;

describe("a replica past a fork", { skip: isPythonMissing }, () => {
  /** How often it has been looked for after each turn, of which the last two are as the one before. */
  const looks = (program: string): string[] => printBesidePatroni(PARTS, HEAD + program).split("\n");

  test("is looked for from the second turn on in which a replica is not on its leader's timeline", () => {
    const program = `turns()
turns(lambda ha: setattr(ha, "_leader_timeline", 10), lambda ha: setattr(ha.state_handler, "timeline", 9))
turns(None, None, lambda ha: setattr(ha.state_handler, "timeline", 9))
`;
    // On another one all the time; on yet another one when the leader's changes; on the leader's after two turns.
    assert.deepEqual(looks(program), ["01", "0012", "01111"]);
  });

  test("is not looked for where nothing can have diverged, or nobody may rewind", () => {
    const program = `turns(lambda ha: setattr(ha.state_handler, "timeline", 9))
turns(lambda ha: setattr(ha.state_handler, "timeline", None))
turns(lambda ha: setattr(ha, "_leader_timeline", None))
turns(lambda ha: setattr(ha.state_handler, "state", "starting"))
turns(lambda ha: setattr(ha.state_handler, "primary", True))
turns(lambda ha: setattr(ha._rewind, "executed", True))
turns(lambda ha: setattr(ha, "paused", True))
`;
    assert.deepEqual(
      looks(program),
      Array.from({ length: 7 }, () => "000"),
    );
  });

  test("a Patroni that does not know its leader's timeline is left as it is", () => {
    const ha = PARTS["patroni/ha.py"].replace("self._leader_timeline = 9", "pass");
    const program =
      "from past_fork import look_for_fork\ntry:\n    look_for_fork()\nexcept LookupError as error:\n    print(error)";
    assert.match(printBesidePatroni({ ...PARTS, "patroni/ha.py": ha }, program), /leader's timeline .* not found$/);
  });
});
