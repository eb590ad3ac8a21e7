/** What kubectl does with running pods, by WebSocket and by SPDY. Left out where there is no kubectl. */

import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { promisify } from "node:util";
import { kinds } from "@keelson/kube";
import { eventually, isReady, shellPod, TestCluster } from "./testing/cluster.ts";

const run = promisify(execFile);
const places = [
  process.env["KUBECTL"] ?? "",
  ...(process.env["PATH"] ?? "").split(":").map((folder) => join(folder, "kubectl")),
  join(homedir(), ".cache/keelson-kubernetes/bin/kubectl"),
];
const kubectl = places.find((path) => path !== "" && existsSync(path));
const skip = kubectl === undefined ? "no kubectl" : false;

let cluster: TestCluster;
before(async () => {
  if (skip) return;
  cluster = await TestCluster.start();
  const script =
    "mkdir /tmp/www; echo page > /tmp/www/index.html; httpd -p 127.0.0.1:8080 -h /tmp/www; echo one; echo two >&2; trap 'exit 0' TERM; while read line; do echo got $line; done; while :; do sleep 1000 & wait $!; done";
  await cluster.client.create(kinds.Pod, shellPod("web", script, { stdin: true }));
  await cluster.pod("web", isReady);
});
after(() => cluster?.[Symbol.asyncDispose]());

const spdy = { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: "false", KUBECTL_PORT_FORWARD_WEBSOCKETS: "false" };
const environment = (extra: object): NodeJS.ProcessEnv => ({
  ...process.env,
  KUBECONFIG: cluster.kubeconfig,
  ...extra,
});
const call = (extra: object, ...args: string[]) =>
  run(kubectl ?? "", args, { env: environment(extra), encoding: "buffer", maxBuffer: 64 * 1024 ** 2 });
const begin = (extra: object, ...args: string[]): ChildProcess =>
  spawn(kubectl ?? "", args, { env: environment(extra), stdio: ["pipe", "pipe", "pipe"] });

async function collect(child: ChildProcess, input?: Buffer): Promise<string> {
  child.stdin?.end(input);
  let text = "";
  for await (const chunk of child.stdout ?? []) text += chunk;
  return text;
}

for (const [name, extra] of [
  ["WebSocket", {}],
  ["SPDY", spdy],
] as const) {
  test(`${name}: exec tells output, errors and exit codes apart`, { skip }, async () => {
    const failed = await call(extra, "exec", "web", "--", "sh", "-c", "echo out; echo err >&2; exit 5").catch(
      (error) => error,
    );
    assert.deepEqual([failed.code, failed.stdout.toString(), /err/.test(failed.stderr.toString())], [5, "out\n", true]);
    const none = await call(extra, "exec", "web", "--", "nosuch").catch((error) => error);
    assert.match(none.stderr.toString(), /executable file not found/);
  });

  test(`${name}: megabytes go in and out unchanged`, { skip }, async () => {
    const data = randomBytes(3_000_000);
    const sum = createHash("md5").update(data).digest("hex");
    assert.match(await collect(begin(extra, "exec", "-i", "web", "--", "md5sum"), data), new RegExp(`^${sum}`));
    const file = join(cluster.layout.data, "data");
    writeFileSync(file, data);
    await call(extra, "cp", file, "web:/tmp/data");
    await call(extra, "cp", "web:/tmp/data", `${file}.back`);
    assert.ok(readFileSync(`${file}.back`).equals(data));
  });

  test(`${name}: port-forward reaches what listens on the pod's loopback`, { skip }, async () => {
    const child = begin(extra, "port-forward", "pod/web", ":8080");
    const [line] = await once(child.stdout ?? child, "data");
    const port = /127\.0\.0\.1:(\d+)/.exec(String(line))?.[1];
    try {
      for (let round = 0; round < 3; round++) {
        const answer = await fetch(`http://127.0.0.1:${port}/index.html`);
        assert.equal(await answer.text(), "page\n");
      }
    } finally {
      child.kill();
    }
  });

  test(`${name}: attach gives input to the container's own process`, { skip }, async () => {
    const child = begin(extra, "attach", "-i", "web");
    child.stdin?.write(`${name}\n`);
    let text = "";
    for await (const chunk of child.stdout ?? []) {
      text += chunk;
      if (text.includes(`got ${name}\n`)) break;
    }
    child.kill();
    assert.match(text, new RegExp(`got ${name}`));
  });
}

test("logs: all, the last lines, with times, of one stream at a time as they come", { skip }, async () => {
  const logs = async (...args: string[]): Promise<string> => (await call({}, "logs", "web", ...args)).stdout.toString();
  assert.match(await logs(), /^one\ntwo\n/);
  assert.match(await logs("--tail=1", "--timestamps"), /^\d{4}-\d\d-\d\dT\S+ got SPDY\n$/);
  const follow = begin({}, "logs", "-f", "web", "--tail=0");
  const next: Promise<unknown[]> = once(follow.stdout ?? follow, "data");
  // kubectl does not say when it follows: it is told until it has heard.
  const heard = await eventually("what is said is followed", async () => {
    await cluster.sh("web", "echo from inside > /proc/1/fd/1");
    return Promise.race([next, turn(undefined)]);
  });
  assert.match(String(heard[0]), /^from inside\n/);
  follow.kill();
});

test("a terminal has a size and one stream", { skip }, async () => {
  const command = `${kubectl} exec -it web -- sh -c 'tty; stty size; exit 3'`;
  const outcome = await run("script", ["-qec", command, "/dev/null"], { env: environment({}) }).catch((error) => error);
  assert.equal(outcome.code, 3);
  assert.match(outcome.stdout, /\/dev\/pts\/\d+/);
});
