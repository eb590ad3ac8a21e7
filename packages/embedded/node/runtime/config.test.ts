import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { containerCapabilities, ownCapabilities } from "./capabilities.ts";
import { type ContainerConfig, ociConfig, resources } from "./config.ts";
import { identify, isAlive } from "./process.ts";
import { defaultSeccompProfile } from "./seccomp.ts";
import { resolveUser } from "./users.ts";

const own = ["CHOWN", "KILL", "NET_BIND_SERVICE", "NET_ADMIN", "SETUID"];

test("capabilities: the default set, what is added and dropped, never more than we have", () => {
  assert.deepEqual(containerCapabilities({}, own), ["CAP_CHOWN", "CAP_KILL", "CAP_SETUID", "CAP_NET_BIND_SERVICE"]);
  assert.deepEqual(containerCapabilities({ drop: ["ALL"] }, own), []);
  assert.deepEqual(containerCapabilities({ drop: ["ALL"], add: ["NET_BIND_SERVICE"] }, own), ["CAP_NET_BIND_SERVICE"]);
  assert.deepEqual(containerCapabilities({ add: ["CAP_NET_ADMIN", "SYS_RESOURCE"], drop: ["KILL"] }, own), [
    "CAP_CHOWN",
    "CAP_SETUID",
    "CAP_NET_BIND_SERVICE",
    "CAP_NET_ADMIN",
  ]);
  assert.equal(containerCapabilities({ privileged: true }, own).length, own.length);
  assert.deepEqual(ownCapabilities("CapBnd:\t0000000000000021\n"), ["CHOWN", "KILL"]);
});

test("CPU and memory for the cgroup", () => {
  assert.deepEqual(resources({}, 1), { cpu: { shares: 2 } });
  assert.deepEqual(resources({ memory: 1000, milliCpu: 500 }, 1), {
    cpu: { shares: 512, quota: 50_000, period: 100_000 },
    memory: { limit: 1000 },
  });
  assert.deepEqual(resources({ milliCpu: 2000, milliCpuRequest: 250 }, 2), {
    cpu: { shares: 256, quota: 200_000, period: 100_000 },
  });
});

test("a pod with a limit of memory does not go on in swap where the kernel counts that", () => {
  const memory = (version: 1 | 2) => (resources({ memory: 1000 }, version) as { memory: object }).memory;
  assert.deepEqual(memory(2), { limit: 1000, swap: 1000 });
  assert.deepEqual(memory(1), { limit: 1000 });
  const config = {
    namespaces: { net: undefined, ipc: "", uts: "" },
    mounts: [],
    limits: { memory: 1000 },
    sysctls: {},
  };
  const oci = ociConfig({ ...config, user: {}, cgroupVersion: 2 } as unknown as ContainerConfig) as {
    linux: { resources: { memory: object } };
  };
  assert.deepEqual(oci.linux.resources.memory, { limit: 1000, swap: 1000 });
});

test("a forbidden call is allowed to who has the right that guards it", () => {
  const names = (capabilities: string[]) =>
    (defaultSeccompProfile(capabilities) as { syscalls: [{ names: string[] }] }).syscalls[0].names;
  assert.ok(names([]).includes("mount"));
  assert.ok(!names(["CAP_SYS_ADMIN"]).includes("mount"));
  assert.ok(names(["CAP_SYS_ADMIN"]).includes("keyctl"));
});

test("no new namespaces by clone, none by clone3, and no io_uring; every container has a limit of processes", () => {
  type Rule = {
    names: string[];
    errnoRet: number;
    args?: { index: number; value: number; valueTwo: number; op: string }[];
  };
  const rules = (capabilities: string[]) => (defaultSeccompProfile(capabilities) as { syscalls: Rule[] }).syscalls;
  /** The answer to a call, as the kernel's filter gives it. */
  const answer = (name: string, flags = 0, capabilities: string[] = []): number =>
    rules(capabilities).find(
      ({ names, args = [] }) =>
        names.includes(name) && args.every(({ value, valueTwo }) => (flags & value) === valueTwo),
    )?.errnoRet ?? 0;
  const [thread, newUser, newNet] = [0x3d0f00, 0x10000000, 0x40000000];
  assert.deepEqual([answer("clone", thread), answer("clone", 17)], [0, 0]);
  assert.deepEqual([answer("clone", newUser | 17), answer("clone", newNet | newUser)], [1, 1]);
  assert.equal(answer("clone3"), 38);
  assert.deepEqual([answer("clone", newUser, ["CAP_SYS_ADMIN"]), answer("clone3", 0, ["CAP_SYS_ADMIN"])], [0, 0]);
  assert.equal(answer("io_uring_setup", 0, ["CAP_SYS_ADMIN"]), 1);

  const config = { namespaces: { net: undefined, ipc: "", uts: "" }, mounts: [], limits: {}, sysctls: {} };
  const oci = ociConfig({ ...config, user: {} } as unknown as ContainerConfig) as {
    linux: { resources: { pids: object } };
  };
  assert.deepEqual(oci.linux.resources.pids, { limit: 4096 });
});

test("users of an image by name and by number", async () => {
  const root = mkdtempSync(join(tmpdir(), "keelson-users-"));
  after(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, "etc"));
  writeFileSync(join(root, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\npostgres:x:26:26:PG:/var/lib/pg:/bin/sh\n");
  writeFileSync(join(root, "etc/group"), "root:x:0:\npostgres:x:26:\nssl-cert:x:101:postgres\n");
  const none = { imageUser: undefined, runAsUser: undefined, runAsGroup: undefined, supplementalGroups: [] };
  assert.deepEqual(await resolveUser(root, none), { uid: 0, gid: 0, groups: [], home: "/root" });
  const postgres = { uid: 26, gid: 26, groups: [101], home: "/var/lib/pg" };
  assert.deepEqual(await resolveUser(root, { ...none, imageUser: "postgres" }), postgres);
  assert.deepEqual(await resolveUser(root, { ...none, imageUser: "26:26" }), postgres);
  assert.deepEqual(await resolveUser(root, { ...none, runAsUser: 26, supplementalGroups: [7, 26] }), {
    ...postgres,
    groups: [101, 7],
  });
  assert.deepEqual(await resolveUser(root, { ...none, runAsUser: 1234 }), { uid: 1234, gid: 0, groups: [], home: "/" });
  await assert.rejects(resolveUser(root, { ...none, imageUser: "nobody" }), /nobody is not in its/);
});

test("an image's account files are read as a container would see them, and never from the machine", async () => {
  const root = mkdtempSync(join(tmpdir(), "keelson-users-"));
  after(() => rmSync(root, { recursive: true }));
  const request = { imageUser: "app", runAsUser: undefined, runAsGroup: undefined, supplementalGroups: [] };
  mkdirSync(join(root, "usr"));
  writeFileSync(join(root, "usr/passwd"), "app:x:7:7::/:/bin/sh\n");
  const passwd = join(root, "etc/passwd");
  const link = (to: string): void => {
    rmSync(join(root, "etc"), { recursive: true, force: true });
    mkdirSync(join(root, "etc"));
    symlinkSync(to, passwd);
  };
  for (const inside of ["/usr/passwd", "../../../usr/passwd"]) {
    link(inside);
    assert.equal((await resolveUser(root, request)).uid, 7, inside);
  }
  link("/etc/passwd");
  await assert.rejects(resolveUser(root, request), /the image's \/etc\/passwd goes through a ring/);
  link("/dev/zero");
  await assert.rejects(resolveUser(root, request), /user app is not in its \/etc\/passwd/);
  link("/usr");
  await assert.rejects(resolveUser(root, request), /is not a file of at most 1024 KiB/);
  link("/usr/passwd");
  truncateSync(join(root, "usr/passwd"), 2 ** 40);
  await assert.rejects(resolveUser(root, request), /is not a file of at most 1024 KiB/);
});

test("a process is known by its number and its start", () => {
  const me = identify(process.pid);
  assert.ok(me !== undefined && isAlive(me));
  assert.equal(isAlive({ ...me, startTicks: "1" }), false);
  assert.equal(identify(2 ** 22 + 1), undefined);
});
