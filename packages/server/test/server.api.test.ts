/** The REST API on a real API server, as a person's browser and as the command line use it. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { kinds } from "@keelson/kube";
import { until } from "@keelson/kube/testing";
import type { Problem } from "../src/api/index.ts";
import { backups, clusters, restores } from "../src/model/resources.ts";
import { orders, putBackup, putDatabase, putEvent, putNamespace, type Stage, startStage } from "../testing/index.ts";
import { Browser } from "./clients.ts";

for (const real of process.env["KEELSON_TEST_REAL"] === "1" ? [false, true] : [false]) {
  describe(`server on ${real ? "kube-apiserver" : "our API server"}`, () => {
    let stage: Stage;
    before(async () => {
      stage = await startStage({ real });
    });
    after(() => stage.stop());

    const cli = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
      const response = await fetch(`${stage.url}/api/v1${path}`, {
        method,
        headers: {
          authorization: `Bearer ${stage.cliToken}`,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: text === "" ? undefined : JSON.parse(text) };
    };

    it("shows nothing to strangers and says how to sign in", async () => {
      const response = await fetch(`${stage.url}/api/v1/databases`);
      const problem = (await response.json()) as Problem;
      assert.equal(response.status, 401);
      assert.match(response.headers.get("content-type") ?? "", /^application\/problem\+json/);
      assert.equal(problem.type, "urn:keelson:problem:NotSignedIn");
      assert.match(problem.remedy ?? "", /session/);
      const wrong = await fetch(`${stage.url}/api/v1/databases`, { headers: { authorization: "Bearer wrong" } });
      assert.equal(wrong.status, 401);
    });

    it("sends strict headers with everything, and no page may hold it in a frame", async () => {
      for (const path of ["/", "/api/v1/health", "/api/v1/none"]) {
        const { headers } = await fetch(stage.url + path);
        const policy = headers.get("content-security-policy") ?? "";
        assert.match(policy, /default-src 'none'/);
        assert.match(policy, /frame-ancestors 'none'/);
        assert.doesNotMatch(policy, /unsafe/);
        assert.equal(headers.get("x-content-type-options"), "nosniff");
      }
    });

    it("signs a person in with the first password, for the browser alone and for this site alone", async () => {
      const browser = new Browser(stage.url);
      assert.equal((await browser.signIn("admin", "wrong password")).status, 401);
      const response = await browser.signIn("admin", stage.password);
      assert.equal(response.status, 201);
      const cookie = response.headers.get("set-cookie") ?? "";
      assert.match(cookie, /HttpOnly/);
      assert.match(cookie, /SameSite=Strict/);
      assert.equal((await browser.call("GET", "/databases")).status, 200);
    });

    it("changes nothing without the CSRF token, nor for a page of another site", async () => {
      const browser = await Browser.signedIn(stage);
      const body = { name: "forged" };
      assert.equal((await browser.call("POST", "/databases", { body, csrf: false })).status, 403);
      assert.equal((await browser.call("POST", "/databases", { body, csrf: "wrong" })).status, 403);
      const foreign = await browser.call("POST", "/databases", { body, headers: { origin: "https://evil.example" } });
      assert.equal(foreign.status, 403);
      const crossSite = await browser.call("GET", "/databases", { headers: { "sec-fetch-site": "cross-site" } });
      assert.equal(crossSite.status, 403);
      assert.equal(await stage.admin.get(clusters, { namespace: "default", name: "forged" }), undefined);
    });

    it("keeps people signed in over a restart, until they sign out", async () => {
      const browser = await Browser.signedIn(stage);
      await stage.restartServer();
      assert.equal((await browser.call("GET", "/session")).status, 200);
      assert.equal((await browser.call("DELETE", "/session")).status, 204);
      assert.equal((await browser.call("GET", "/session")).status, 401);
    });

    it("shows the manifest without applying it, and applies exactly that", async () => {
      const request = {
        name: "first",
        instances: 2,
        storage: "2Gi",
        poolers: 1,
        backups: { enabled: true, schedule: "0 1 * * *" },
      };
      const preview = await cli("POST", "/databases?dryRun=true", request);
      assert.equal(preview.status, 200);
      assert.equal(await stage.admin.get(clusters, { namespace: "default", name: "first" }), undefined);
      const created = await cli("POST", "/databases", request);
      assert.equal(created.status, 202);
      assert.equal(created.headers.get("location"), "/api/v1/databases/default/first");
      const live = await stage.admin.get(clusters, { namespace: "default", name: "first" });
      assert.equal(live?.spec.instances?.[0]?.replicas, preview.body.manifest.spec.instances[0].replicas);
      assert.equal(
        live?.metadata.managedFields?.some(
          (entry) => entry.manager === "keelson-server" && entry.operation === "Apply",
        ),
        true,
      );
      assert.equal(created.body.waitingFor, "the operator to take it up");
    });

    it("says what is wrong with a request: field, value and remedy", async () => {
      const cases = [
        [{ name: "Orders" }, 422, "/name"],
        [{ name: "orders", storage: "10" }, 422, "/storage"],
        [{ name: "orders", storage: "1Mi" }, 422, "/storage"],
        [{ name: "orders", version: "12" }, 422, "/version"],
        [{ name: "orders", instances: 0 }, 422, "/instances"],
        [{ name: "orders", namespace: "nowhere" }, 422, "/namespace"],
        [{ name: "orders", backups: { enabled: true, schedule: "0 25 * * *" } }, 422, "/backups/schedule"],
        [{ name: "orders", size: "huge" }, 422, "/size"],
        [{}, 400, "/name"],
        [{ name: "orders", colour: "blue" }, 400, "/colour"],
        [{ name: "first" }, 409, "/name"],
      ] as const;
      for (const [request, status, field] of cases) {
        const { status: got, body } = await cli("POST", "/databases", request);
        assert.deepEqual([got, body.field], [status, field], JSON.stringify(request));
        assert.ok(body.detail.length > 10);
        if (status !== 400) assert.ok(body.remedy?.length > 10, JSON.stringify(body));
      }
    });

    it("carries out a request with an idempotency key once", async () => {
      const headers = { "idempotency-key": "try-1" };
      const first = await cli("POST", "/databases", { name: "once" }, headers);
      const again = await cli("POST", "/databases", { name: "once" }, headers);
      assert.deepEqual([first.status, again.status], [202, 202]);
      assert.equal(again.headers.get("idempotency-replayed"), "true");
      assert.equal(again.body.uid, first.body.uid);
      assert.equal((await cli("POST", "/databases", { name: "twice" }, headers)).status, 422);
    });

    it("shows a database as it is: topology, lag, conditions, events", async () => {
      await putNamespace(stage.admin, "shop");
      await putDatabase(stage.admin, orders);
      await putEvent(stage.admin, {
        about: "Pod",
        name: "orders-instance1-4bkd-0",
        namespace: "shop",
        type: "Warning",
        reason: "Unhealthy",
        message: "too slow",
        at: new Date(),
      });
      await until("the view is ready", async () => (await cli("GET", "/databases/shop/orders")).body.phase === "ready");
      const { body } = await cli("GET", "/databases/shop/orders");
      assert.deepEqual(
        body.topology.instances.map((one: { role: string; lagBytes?: number }) => [one.role, one.lagBytes]),
        [
          ["primary", undefined],
          ["replica", 0],
          ["replica", 196_608],
        ],
      );
      assert.equal(body.conditions.length, 5);
      await until(
        "the event is there",
        async () => (await cli("GET", "/databases/shop/orders/events")).body.items.length === 1,
      );
      assert.equal((await cli("GET", "/databases?namespace=shop")).body.items.length, 1);
    });

    it("gives passwords only when they are asked for", async () => {
      const hidden = await cli("GET", "/databases/shop/orders/connection");
      assert.doesNotMatch(JSON.stringify(hidden.body), /s3cret/);
      assert.equal(
        hidden.body.users[0].uris["primary-external"],
        "postgresql://orders@127.77.0.2:5432/orders?sslmode=require",
      );
      const shown = await cli("GET", "/databases/shop/orders/connection?reveal=true");
      const [user] = shown.body.users;
      assert.equal(user.password, "s3cret/with+signs");
      assert.equal(
        user.uris["primary-external"],
        "postgresql://orders:s3cret%2Fwith%2Bsigns@127.77.0.2:5432/orders?sslmode=require",
      );
      assert.equal(shown.headers.get("cache-control"), "no-store");
    });

    it("backs up, and restores to a moment that the backups reach", async () => {
      assert.equal((await cli("POST", "/databases/shop/orders/restores", { target: "latest" })).status, 409);
      const backup = await cli("POST", "/databases/shop/orders/backups", { type: "incremental" });
      assert.equal(backup.status, 202);
      const live = await stage.admin.get(backups, { namespace: "shop", name: backup.body.name });
      assert.deepEqual(
        [live?.spec.pgCluster, live?.spec.repoName, live?.spec.options],
        ["orders", "repo1", ["--type=incr"]],
      );

      const status = {
        state: "Succeeded",
        backupType: "full",
        backupName: "20261121-080000F",
        completed: "2026-11-21T08:00:00Z",
        latestRestorableTime: "2026-11-21 08:30:00.000000+0000",
      };
      await putBackup(stage.admin, { name: "done", namespace: "shop", database: "orders", status });
      await until(
        "the window is known",
        async () => (await cli("GET", "/databases/shop/orders/backups")).body.window !== undefined,
      );
      for (const target of ["2026-11-21T07:59:59Z", "2026-11-21T08:30:01Z", "yesterday", "2026-11-21 08:10:00"]) {
        const { status: refused, body } = await cli("POST", "/databases/shop/orders/restores", { target });
        assert.deepEqual([refused, body.field], [422, "/target"], target);
        assert.match(body.remedy, /2026-11-21T08:(00|30)/);
      }
      const restore = await cli("POST", "/databases/shop/orders/restores", { target: "2026-11-21T09:10:00+01:00" });
      assert.equal(restore.status, 202);
      const made = await stage.admin.get(restores, { namespace: "shop", name: restore.body.name });
      assert.deepEqual(made?.spec.options, ["--type=time", "--target=2026-11-21 08:10:00.000000+00"]);
      for (const targetTimeline of [0, 1.5, "1"]) {
        const wrong = { target: "2026-11-21T08:10:00Z", targetTimeline };
        const { status: refused, body } = await cli("POST", "/databases/shop/orders/restores", wrong);
        assert.deepEqual([refused, body.field], [422, "/targetTimeline"]);
      }
    });

    it("asks for a switchover by the contract's annotation, to a replica that is ready", async () => {
      const refused = await cli("POST", "/databases/shop/orders/switchover", { target: "orders-instance1-4bkd" });
      assert.deepEqual([refused.status, refused.body.field], [422, "/target"]);
      assert.equal(
        (await cli("POST", "/databases/shop/orders/switchover", { target: "orders-instance1-f7xq" })).status,
        202,
      );
      const live = await stage.admin.get(clusters, { namespace: "shop", name: "orders" });
      assert.equal(live?.spec.patroni?.switchover?.targetInstance, "orders-instance1-f7xq");
      assert.ok(live?.metadata.annotations?.["pgv2.percona.com/trigger-switchover"]);
      assert.equal((await cli("POST", "/databases/shop/orders/switchover", {})).status, 202);
      const again = await stage.admin.get(clusters, { namespace: "shop", name: "orders" });
      assert.equal(again?.spec.patroni?.switchover?.targetInstance, undefined);
    });

    it("changes the size, never shrinks a volume, and pauses", async () => {
      const shrink = await cli("PATCH", "/databases/shop/orders", { storage: "10Gi" });
      assert.deepEqual([shrink.status, shrink.body.field], [422, "/storage"]);
      assert.equal(
        (await cli("PATCH", "/databases/shop/orders", { instances: 4, storage: "30Gi", poolers: 3 })).status,
        202,
      );
      const live = await stage.admin.get(clusters, { namespace: "shop", name: "orders" });
      assert.equal(live?.spec.instances?.[0]?.replicas, 4);
      assert.equal(live?.spec.instances?.[0]?.dataVolumeClaimSpec.resources?.requests?.["storage"], "30Gi");
      assert.deepEqual(live?.spec.instances?.[0]?.resources?.requests, { cpu: "1", memory: "4Gi" });
      assert.equal(live?.spec.proxy?.pgBouncer?.replicas, 3);
      assert.equal((await cli("PATCH", "/databases/shop/orders", { paused: true })).body.phase, "pausing");
      assert.equal((await cli("PATCH", "/databases/shop/orders", {})).status, 422);
    });

    it("deletes a database, with its data only when told to, and never another one of the same name", async () => {
      assert.equal((await cli("DELETE", "/databases/default/first?uid=other")).status, 409);
      assert.equal((await cli("DELETE", "/databases/default/first?data=delete")).status, 202);
      const going = await stage.admin.get(clusters, { namespace: "default", name: "first" });
      assert.deepEqual(going?.metadata.finalizers?.toSorted(), [
        "percona.com/delete-backups",
        "percona.com/delete-pvc",
        "percona.com/delete-ssl",
      ]);
      assert.equal((await cli("GET", "/databases/default/first")).body.phase, "deleting");
      const late = await cli("DELETE", "/databases/default/first");
      assert.deepEqual([late.status, /with data: percona.com\/delete-pvc/.test(late.body.detail)], [409, true]);
      assert.equal((await cli("DELETE", "/databases/default/once")).status, 202);
      assert.equal((await cli("GET", "/databases/default/once")).status, 404);
    });

    it("keeps the data of a database whose finalizers name them for removal", async () => {
      const key = { namespace: "default", name: "throw-away" };
      assert.equal((await cli("POST", "/databases", key)).status, 202);
      const own = "keelson.dev/orderly-shutdown";
      const finalizers = [own, "percona.com/delete-pvc", "percona.com/delete-ssl", "percona.com/delete-backups"];
      await stage.admin.patch(clusters, key, { type: "merge", body: { metadata: { finalizers } } });
      assert.equal((await cli("DELETE", "/databases/default/throw-away")).status, 202);
      const going = await stage.admin.get(clusters, key);
      assert.ok(going?.metadata.deletionTimestamp);
      assert.deepEqual(going.metadata.finalizers, [own]);
      assert.equal((await cli("DELETE", "/databases/default/throw-away?data=delete")).status, 409);
      await stage.admin.patch(clusters, key, { type: "merge", body: { metadata: { finalizers: [] } } });
    });

    it("lets nobody guess passwords quickly, and says when to try again", async () => {
      const browser = new Browser(stage.url);
      const answers: number[] = [];
      for (let i = 0; i < 10; i++) answers.push((await browser.signIn("admin", "guess")).status);
      assert.equal(answers.at(-1), 429);
      const refused = await browser.signIn("admin", stage.password);
      assert.equal(refused.status, 429);
      assert.ok(Number(refused.headers.get("retry-after")) > 0);
    });

    it("says that Kubernetes is away, and goes on when it is back", async () => {
      await stage.api.kill("SIGKILL");
      const { status, body } = await cli("POST", "/databases", { name: "later" });
      assert.equal(status, 503);
      assert.match(body.remedy, /try again/);
      await stage.api.start();
      await until("creates again", async () => (await cli("POST", "/databases", { name: "later" })).status === 202, {
        timeoutMs: 20_000,
      });
    });

    it("works without what it may not read, where nothing false is said for want of it", async () => {
      const role = { name: "keelson-server" };
      const whole = await stage.admin.get(kinds.ClusterRole, role);
      assert.ok(whole);
      const without = (whole.rules ?? []).map((rule) => ({
        ...rule,
        resources: rule.resources?.filter((resource) => resource !== "events" && resource !== "services") ?? [],
      }));
      const grant = (rules: unknown) => stage.admin.patch(kinds.ClusterRole, role, { type: "merge", body: { rules } });
      await grant(without);
      await putDatabase(stage.admin, { ...orders, request: { ...orders.request, name: "unseen" } });
      await stage.restartServer("ignorant");
      try {
        const list = await until("lists", async () => {
          const { status, body } = await cli("GET", "/databases");
          return status === 200 ? body.items : undefined;
        });
        assert.ok(list.some(({ name }: { name: string }) => name === "unseen"));
        for (const [path, what] of [
          ["events", "events"],
          ["connection", "services"],
        ]) {
          const { status, body } = await cli("GET", `/databases/shop/unseen/${path}`);
          assert.equal(status, 503);
          assert.match(body.detail, new RegExp(`not known yet. Not read so far: ${what}: [^;]*\\.$`));
        }
        assert.deepEqual((await cli("GET", "/health")).status, 503);
        assert.equal((await cli("DELETE", "/databases/shop/unseen")).status, 202);
      } finally {
        await grant(whole.rules);
        await stage.restartServer();
      }
    });

    it("says that it does not know the databases yet, instead of that there are none", async () => {
      await stage.api.kill("SIGKILL");
      await stage.restartServer("ignorant");
      for (const path of [
        "",
        "/shop/orders",
        "/shop/orders/connection",
        "/shop/orders/backups",
        "/shop/orders/events",
      ]) {
        const { status, headers, body } = await cli("GET", `/databases${path}`);
        assert.deepEqual([status, headers.get("retry-after"), body.title], [503, "2", "Waiting for Kubernetes"], path);
        assert.match(body.detail, /not known yet.*perconapgclusters/, path);
      }
      assert.equal((await cli("POST", "/databases", { name: "another" })).status, 503);
      assert.equal((await cli("GET", "/events/stream")).status, 503);
      assert.equal((await cli("GET", "/session")).status, 200);
      await stage.api.start();
      await until("knows them", async () => (await cli("GET", "/databases/shop/orders")).status === 200, {
        timeoutMs: 20_000,
      });
    });
  });
}
