import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isPythonMissing, printBesidePatroni } from "../testing/beside-patroni.ts";

/** A psutil whose processes are those that a test lists, and a Patroni that only starts. */
const PARTS = {
  "psutil.py": `class Error(Exception):
    pass
processes = []
def process_iter():
    return list(processes)
class Process:
    def __init__(self, pid, title, parent=None, cwd="/", name="postgres"):
        self.pid, self.title, self.above, self.folder, self.called = pid, title, parent, cwd, name
    def name(self):
        if self.called is None:
            raise Error()
        return self.called
    cwd = lambda self: self.folder
    cmdline = lambda self: [self.title]
    parent = lambda self: self.above
`,
  "patroni/postgresql/__init__.py": `class Postgresql:
    data_dir = "/"
    def start(self, *args, **kwargs):
        return ("started", *args)
`,
};
const HEAD = `import os, psutil, signal
import left_processes
from psutil import Process
left_processes.start_when_they_have_ended()
from patroni.postgresql import Postgresql
init, first = Process(1, "agent", name="node"), Process(40, "/usr/lib/postgresql/17/bin/postgres")
quit, groups = [], {51: 51, 52: 52, 53: 40}
def getpgid(pid):
    if pid not in groups:
        raise ProcessLookupError()
    return groups[pid]
def killpg(pid, which):
    quit.append((pid, which == signal.SIGQUIT))
    if pid != 52:
        psutil.processes[:] = [each for each in psutil.processes if each.pid != pid]
os.getpgid, os.killpg = getpgid, killpg
`;

describe("what is left of a server", { skip: isPythonMissing }, () => {
  const print = (program: string, said?: RegExp): string => printBesidePatroni(PARTS, HEAD + program, said);

  test("ends, with its commands, before the next one starts", () => {
    const program = `psutil.processes = [init, Process(51, "postgres: hello: archiver", init), Process(50, "postgres", name=None)]
print(Postgresql().start(3), quit)
`;
    assert.equal(print(program), "('started', 3) [(51, True)]");
  });

  test("is neither a server that runs, nor another one's, nor a program that works on the data by itself", () => {
    const program = `psutil.processes = [
    first, Process(51, "postgres: hello: archiver", first), Process(51, "postgres: other: archiver", init, "/other"),
    Process(51, "/usr/lib/postgresql/17/bin/postgres", init), Process(51, "postgres: hello: archiver", init, name="psql"),
]
print(Postgresql().start(), quit)
`;
    assert.equal(print(program), "('started',) []");
  });

  test("keeps the next one waiting only so long, and is left alone where it leads no group", () => {
    const program = `left_processes.LONGEST_SECONDS = 0.2
psutil.processes = [Process(pid, "postgres: hello: archiver") for pid in (52, 53, 54)]
print(Postgresql().start(), {pid for pid, _ in quit})
`;
    assert.equal(print(program, /^processes of the last server are left: \[52, 53, 54\]\n$/), "('started',) {52}");
  });
});
