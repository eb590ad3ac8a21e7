/**
 * Exec, logs and port-forward through a kubelet. Needs a cluster with a node and an image with a shell, cat, dd, stty, sha256sum, and busybox or python3:
 * `KEELSON_TEST_KUBECONFIG=… KEELSON_TEST_IMAGE=… node --test test/streams.system.test.ts`. Works on ours and on a real one alike.
 */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { buffer, text } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import { ApiError, Client, ConnectionError, kinds } from "@keelson/kube";
import { until } from "@keelson/kube/testing";

const kubeconfig = process.env["KEELSON_TEST_KUBECONFIG"];
const image = process.env["KEELSON_TEST_IMAGE"] ?? "keelson/busybox:dev";
const skip = kubeconfig === undefined ? "no KEELSON_TEST_KUBECONFIG" : false;

describe("streams through a kubelet", { skip }, () => {
  let client: Client;
  const pod = { namespace: "default", name: `streams-${process.pid}` };
  const at = { namespace: pod.namespace, pod: pod.name };
  const script = [
    "echo first; echo second >&2",
    "mkdir -p /tmp/www; echo hello >/tmp/www/index.html",
    "command -v busybox >/dev/null && exec busybox httpd -f -p 8080 -h /tmp/www",
    "exec python3 -m http.server 8080 -d /tmp/www",
  ].join("\n");
  before(async () => {
    client = await Client.load({ kubeconfig });
    await client.create(kinds.Pod, {
      metadata: pod,
      spec: {
        automountServiceAccountToken: false,
        terminationGracePeriodSeconds: 0,
        containers: [{ name: "main", image, imagePullPolicy: "IfNotPresent", command: ["sh", "-c", script] }],
      },
    });
    await until("the pod runs", async () => (await client.get(kinds.Pod, pod))?.status?.phase === "Running", {
      timeoutMs: 60_000,
      everyMs: 100,
    });
  });
  after(async () => {
    await client.delete(kinds.Pod, pod, { gracePeriodSeconds: 0 });
    await client.close();
  });

  test("output, errors and the exit code come apart", async () => {
    const command = ["sh", "-c", "echo out; echo err >&2; exit 3"];
    assert.deepEqual(await client.exec({ ...at, command }), { stdout: "out\n", stderr: "err\n", exitCode: 3 });
    assert.deepEqual(await client.exec({ ...at, command: ["sh", "-c", ":"] }), { stdout: "", stderr: "", exitCode: 0 });
  });

  test("stdin reaches the command and ends", async () => {
    const { stdout, exitCode } = await client.exec({ ...at, command: ["cat"], stdin: "secret by stdin" });
    assert.deepEqual({ stdout, exitCode }, { stdout: "secret by stdin", exitCode: 0 });
  });

  test("ten megabytes in, their checksum out", async () => {
    const data = randomBytes(10 * 1024 * 1024);
    const { stdout } = await client.exec({ ...at, command: ["sha256sum"], stdin: data });
    assert.equal(stdout.split(" ")[0], createHash("sha256").update(data).digest("hex"));
  });

  test("a slow reader loses nothing", async () => {
    const session = await client.execStream({
      ...at,
      command: ["sh", "-c", "dd if=/dev/zero bs=1048576 count=8 2>/dev/null"],
    });
    let size = 0;
    for await (const chunk of session.stdout) {
      size += (chunk as Buffer).length;
      if (size < 2_000_000) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    assert.equal(size, 8 * 1024 * 1024);
    assert.equal(await session.exitCode, 0);
  });

  test("a terminal has a size", async () => {
    const session = await client.execStream({
      ...at,
      command: ["sh", "-c", 'for i in $(seq 50); do [ "$(stty size)" = "33 77" ] && break; sleep 0.1; done; stty size'],
      tty: true,
      stdin: true,
    });
    session.resize(77, 33);
    assert.match(await text(session.stdout), /33 77/);
    assert.equal(await session.exitCode, 0);
  });

  test("a command that does not exist, and one that takes too long", async () => {
    await assert.rejects(client.exec({ ...at, command: ["/no/such"] }), ApiError);
    await assert.rejects(
      client.exec({ ...at, command: ["sleep", "10"], timeoutMs: 200 }),
      (error) => error instanceof ConnectionError && error.code === "TIMEOUT",
    );
  });

  test("logs: all, the last line, and following until we stop", async () => {
    const lines = (await text(await client.logs(pod))).trimEnd().split("\n").sort();
    assert.deepEqual(lines, ["first", "second"]);
    assert.equal((await buffer(await client.logs(pod, { tailLines: 1 }))).toString().split("\n").length, 2);
    const stop = new AbortController();
    const following = await client.logs(pod, { follow: true, signal: stop.signal });
    await once(following, "data");
    stop.abort();
    await assert.rejects(text(following));
  });

  test("port-forward: several connections to a port; nobody listens on another", async () => {
    const get = async () => {
      const socket = await client.portForward(pod, 8080);
      socket.write("GET / HTTP/1.0\r\n\r\n");
      return text(socket);
    };
    for (const answer of await Promise.all([get(), get(), get()])) assert.match(answer, /200 OK[\s\S]*hello/);
    const refused = await client.portForward(pod, 9999);
    await assert.rejects(text(refused), ConnectionError);
  });
});
