import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { layoutOf } from "@keelson/embedded/cluster";
import { databaseTable } from "./commands/database-list.ts";
import { kubeconfig } from "./commands/kubeconfig.ts";
import { logs } from "./commands/logs.ts";
import { describeStatus } from "./commands/status.ts";
import { dataOption, defaultData } from "./data-option.ts";
import { localServer } from "./local-server.ts";
import { ServerClient } from "./server-client.ts";

/** A data folder in which nothing has ever run. */
function untouched(t: TestContext): string {
  const data = mkdtempSync(join(tmpdir(), "keelson-hints-"));
  t.after(() => rmSync(data, { recursive: true }));
  return data;
}

test("a hint names the data folder, unless it is the one that the command takes by itself", () => {
  assert.equal(dataOption("/srv/k"), " --data /srv/k");
  assert.equal(dataOption(defaultData), "");
});

test("what starts a cluster, where there is none, starts it in the folder that was given", async (t) => {
  const data = untouched(t);
  const start = `'./keelson up --data ${data}'`;
  assert.ok(describeStatus({ running: false }, data).includes(start));
  const namesIt = (error: Error): boolean => error.message.includes(start);
  assert.throws(() => kubeconfig({ data }), namesIt);
  assert.throws(() => logs("operator", { data }), namesIt);
  await assert.rejects(localServer(data), namesIt);
  assert.throws(() => ServerClient.local(layoutOf(data), 1), namesIt);
});

test("what is suggested of a cluster that runs reaches that cluster", async (t) => {
  const data = untouched(t);
  const create = `'./keelson db create NAME --data ${data}'`;
  assert.ok(databaseTable([], data).includes(create));

  const process = { name: "operator", state: "restarting", restarts: 3 } as const;
  const cluster = { pid: 1, data, settings: { nodes: 1, apiPort: 1, portalPort: 2 }, stopping: false };
  const said = describeStatus({ running: true, cluster: { ...cluster, processes: [process] }, databases: [] }, data);
  assert.ok(said.includes(`'./keelson logs operator --data ${data}'`));
  assert.ok(said.includes(create));

  const layout = layoutOf(data);
  mkdirSync(layout.server);
  writeFileSync(join(layout.server, "cli-token"), "token\n");
  // No server has port 1.
  await assert.rejects(ServerClient.local(layout, 1).call("GET", "/databases"), (error: Error) =>
    error.message.includes(`'./keelson status --data ${data}'`),
  );
});
