import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { cgroupEntrance, cgroupProcesses, cgroupUsage, cgroupVersion } from "./cgroups.ts";

/** A folder with files as a kernel shows them below /sys/fs/cgroup. */
function machine(t: TestContext, files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), "keelson-cgroups-"));
  t.after(() => rmSync(root, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

describe("cgroups of version 2, by the kernel's cgroup-v2.rst", () => {
  const unified = { "cgroup.controllers": "cpuset cpu io memory hugetlb pids rdma misc\n" };

  test("use is told in nanoseconds, and without the part of the page cache that can be dropped at once", (t) => {
    const root = machine(t, {
      ...unified,
      "keelson-1/node-1/podx/c/cpu.stat": "usage_usec 1500000\nuser_usec 1000000\nsystem_usec 500000\nnr_periods 0\n",
      "keelson-1/node-1/podx/c/memory.current": "10485760\n",
      "keelson-1/node-1/podx/c/memory.stat": "anon 6291456\nfile 4194304\nactive_file 1048576\ninactive_file 3145728\n",
    });
    assert.equal(cgroupVersion(root), 2);
    const use = { cpuNanos: 1_500_000_000, memoryBytes: 10_485_760 - 3_145_728 };
    assert.deepEqual(cgroupUsage("/keelson-1/node-1/podx/c", root), use);
    assert.deepEqual(cgroupUsage("/keelson-1/node-1/gone", root), { cpuNanos: 0, memoryBytes: 0 });
  });

  test("processes are those of the cgroup and all below it, in one hierarchy", async (t) => {
    const root = machine(t, {
      ...unified,
      "keelson-1/cgroup.procs": "",
      "keelson-1/node-1/podx/sandbox/cgroup.procs": "7\n",
      "keelson-1/node-1/podx/c/cgroup.procs": "8\n9\n",
    });
    assert.deepEqual(
      (await cgroupProcesses("/keelson-1", root)).toSorted((a, b) => a - b),
      [7, 8, 9],
    );
  });

  test("a process joins a cgroup of its own beside the containers', for only those without children may have any", async (t) => {
    const root = machine(t, unified);
    const entrance = await cgroupEntrance("/keelson-1/node-1/podx/sandbox", root);
    assert.equal(entrance, join(root, "keelson-1/node-1/podx/sandbox/cgroup.procs"));
  });
});

describe("cgroups of version 1, also with version 2 beside them", () => {
  const hybrid = { "unified/cgroup.controllers": "\n", "pids/cgroup.procs": "1\n" };

  test("use is read from the hierarchies of CPU and memory", (t) => {
    const root = machine(t, {
      ...hybrid,
      "cpuacct/keelson-1/c/cpuacct.usage": "1500000000\n",
      "memory/keelson-1/c/memory.usage_in_bytes": "10485760\n",
      "memory/keelson-1/c/memory.stat": "inactive_file 1\ntotal_inactive_file 3145728\n",
    });
    assert.equal(cgroupVersion(root), 1);
    const use = { cpuNanos: 1_500_000_000, memoryBytes: 10_485_760 - 3_145_728 };
    assert.deepEqual(cgroupUsage("/keelson-1/c", root), use);
  });

  test("processes are found in whichever hierarchy they are, each once", async (t) => {
    const root = machine(t, {
      ...hybrid,
      "pids/keelson-1/c/cgroup.procs": "7\n8\n",
      "memory/keelson-1/c/cgroup.procs": "8\n",
    });
    assert.deepEqual(
      (await cgroupProcesses("/keelson-1", root)).toSorted((a, b) => a - b),
      [7, 8],
    );
    assert.equal(await cgroupEntrance("/keelson-1/s", root), join(root, "pids/keelson-1/s/cgroup.procs"));
  });
});
