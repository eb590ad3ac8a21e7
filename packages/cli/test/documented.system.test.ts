/** The lines of docs/cli.md, typed in their order: what they print is what the page says. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, describe, it } from "node:test";
import { until } from "@keelson/kube/testing";
import { perconaPGClusters } from "@keelson/resources";
import { orders, putBackup, putDatabase, putNamespace } from "@keelson/server/testing";
import { type SimulatedPlatform, startSimulatedPlatform } from "./simulated-platform.ts";

const page = readFileSync(resolve(import.meta.dirname, "../../../docs/cli.md"), "utf8");
const main = resolve(import.meta.dirname, "../src/main.ts");

/** Each `$ ./keelson …` line of the page with what it prints. */
const documented = [...page.matchAll(/```console\n(.*?)```/gs)].flatMap(([, block = ""]) =>
  block
    .split(/^\$ /m)
    .slice(1)
    .map((text) => {
      const end = text.indexOf("\n");
      return { line: text.slice(0, end), output: text.slice(end + 1) };
    }),
);

describe("docs/cli.md", { skip: process.getuid?.() === 0 ? false : "needs root, for a socket below /run" }, () => {
  let platform: SimulatedPlatform;
  let programs = "";

  before(async () => {
    platform = await startSimulatedPlatform();
    const { admin } = platform.stage;
    for (const name of ["default", "shop"]) await putNamespace(admin, name);
    await putDatabase(admin, orders);
    await putBackup(admin, {
      name: "orders-repo1-full",
      namespace: "shop",
      database: "orders",
      status: { state: "Succeeded", backupType: "full", completed: "2026-11-21T01:00:41Z" },
    });
    // In the place of psql: says what it was told, and how.
    programs = mkdtempSync(join(tmpdir(), "keelson-psql-"));
    writeFileSync(
      join(programs, "psql"),
      '#!/bin/sh\necho "arguments: $#"\necho "$PGUSER@$PGHOST:$PGPORT/$PGDATABASE sslmode=$PGSSLMODE password=$PGPASSWORD"\n',
    );
    chmodSync(join(programs, "psql"), 0o755);
  });
  after(async () => {
    await platform?.stop();
    rmSync(programs, { recursive: true, force: true });
  });

  /** What a line prints on both outputs, without what differs from run to run: the data directory, seconds, and lines a terminal overwrites. */
  const type = async (line: string): Promise<string> => {
    const [, ...words] = line.split(" ");
    const { promise, resolve: done } = Promise.withResolvers<string>();
    const env = { ...process.env, PATH: `${programs}:${process.env["PATH"]}`, KEELSON_DATA: platform.data };
    const child = execFile(process.execPath, [main, ...words], { env, timeout: 60_000 }, () => done(text));
    let text = "";
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (part) => (text += part));
    return (await promise)
      .replaceAll(` --data ${platform.data}`, "")
      .replaceAll(/^ {2}… .*\n/gm, "")
      .replaceAll(/ \d+\.\ds$/gm, " 38.2s");
  };

  /** Does the operator's part for a database that is being created. */
  const operate = async (name: string) => {
    const { admin, url, cliToken } = platform.stage;
    const headers = { authorization: `Bearer ${cliToken}` };
    await until(
      "it was asked for",
      async () => (await fetch(`${url}/api/v1/databases/default/${name}`, { headers })).ok,
      {
        timeoutMs: 30_000,
      },
    );
    const instances = (orders.instances ?? [])
      .slice(0, 2)
      .map((instance) => ({ ...instance, name: instance.name.replace("orders", name) }));
    const poolers = (orders.poolers ?? []).map((pooler) => ({ ...pooler, name: pooler.name.replace("orders", name) }));
    // What the page's line asks for: the same manifest, so that what was observed is the newest generation.
    const backups = { enabled: true, schedule: "@daily" };
    const request = { name, namespace: "default", instances: 2, expose: "loadBalancer" as const, backups };
    await putDatabase(admin, { ...orders, request, instances, poolers, external: "127.77.0.3" });
  };

  it("has something to type for every command", () => {
    const verbs = new Set(documented.map(({ line }) => line.split(" ")[2]));
    const commands = [...readFileSync(main, "utf8").matchAll(/db\.command\("(\w+)/g)].map(([, verb]) => verb);
    assert.ok(commands.length >= 6);
    for (const verb of commands) assert.ok(verbs.has(verb), `docs/cli.md shows 'db ${verb}'`);
  });

  for (const { line, output } of documented) {
    it(line, async () => {
      const [, , verb, name = ""] = line.split(" ");
      const works = verb === "create" && !/--dry-run|[A-Z]/.test(line) ? operate(name) : undefined;
      assert.equal(await type(line), output);
      await works;
    });
  }

  it("keeps the data of a database whose finalizers name them for removal", async () => {
    const { admin } = platform.stage;
    const request = { name: "throw-away", namespace: "default" };
    await putDatabase(admin, { ...orders, request });
    const finalizers = ["percona.com/delete-pvc", "percona.com/delete-ssl", "percona.com/delete-backups"];
    await admin.patch(perconaPGClusters, request, { type: "merge", body: { metadata: { finalizers } } });
    assert.equal(
      await type("./keelson db delete throw-away --yes"),
      "default/throw-away is being deleted; its volumes and backups are kept.\n",
    );
    // Nobody is left who would act on a finalizer: one that was left would hold the resource.
    assert.equal(await admin.get(perconaPGClusters, request), undefined);
  });

  it("hands psql the password in its environment and nothing among its arguments", async () => {
    assert.equal(
      await type("./keelson db connect orders -n shop"),
      "arguments: 0\norders@127.77.0.2:5432/orders sslmode=require password=s3cret/with+signs\n",
    );
  });

  it("says that the databases are not known yet, instead of that there are none", async () => {
    const { stage } = platform;
    await stage.api.kill("SIGKILL");
    await stage.restartServer("ignorant");
    const words = /The databases are not known yet\..*`\.\/keelson status` says what is down\./;
    assert.match(await type("./keelson db list"), words);
    assert.match(await type("./keelson db describe orders -n shop"), words);
    await stage.api.start();
  });
});
