import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type ClusterReport, clusterReport, serveControl, stopCluster, untilCluster } from "./control.ts";

test("whoever asks for the end gets the answer, and who watches sees that it was asked for and then the end", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "keelson-control-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const socket = join(folder, "supervisor.sock");
  const settings = { nodes: 1, apiPort: 1, portalPort: 2 };
  const listeners = new Set<() => void>();
  let stopping = false;
  const server: Server = await serveControl(socket, {
    report: () => ({ pid: 1, data: folder, settings, stopping, processes: [] }),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async stop() {
      stopping = true;
      for (const listener of listeners) listener();
    },
    // The supervisor's process ends here, and with it every connection.
    stopped() {
      server.close();
      server.closeAllConnections();
    },
  });
  let last: ClusterReport | undefined;
  const watching = untilCluster(
    socket,
    (report) => {
      last = report;
      return false;
    },
    AbortSignal.timeout(10_000),
  );
  const ended = assert.rejects(watching, /the supervisor ended|aborted/);
  while (listeners.size === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(await stopCluster(socket), true);
  await ended;
  assert.equal(last?.stopping, true);
  assert.equal(await clusterReport(socket), undefined);
  assert.equal(await stopCluster(socket), false);
});
