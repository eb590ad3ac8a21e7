/** The store under `kill -9`: what was acknowledged is there afterwards, versions go on, watchers catch up. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Client, type ConfigMap, Informer, kinds, type Live } from "@keelson/kube";
import { startApiServer, type TestApiServer, until } from "@keelson/kube/testing";

const namespace = "crash";
const writers = 8;
const rounds = 6;

/** What one writer knows about its object: the last acknowledged state, and what it was doing when the answer failed to come. */
interface Known {
  /** Undefined = acknowledged to be deleted, or never made. */
  acknowledged: { readonly n: string; readonly resourceVersion: string } | undefined;
  /** A write without an answer: both it and the state before are allowed. `n` undefined = a deletion. */
  open: { readonly n: string | undefined } | undefined;
}

describe("API server killed under load", () => {
  let server: TestApiServer;
  const known = new Map<string, Known>();
  let highest = 0;
  let acknowledged = 0;
  before(async () => {
    server = await startApiServer({ real: false });
    await server.client.create(kinds.Namespace, { metadata: { name: namespace } });
  });
  after(() => server.stop());

  /** Creates, replaces and deletes its object until a write gets no answer. */
  async function write(client: Client, name: string): Promise<void> {
    const state: Known = known.get(name) ?? { acknowledged: undefined, open: undefined };
    known.set(name, state);
    const ref = { namespace, name };
    const seen = await client.get(kinds.ConfigMap, ref).catch(() => "unreachable" as const);
    if (seen === "unreachable") return;
    state.acknowledged = seen && { n: seen.data?.["n"] ?? "", resourceVersion: seen.metadata.resourceVersion };
    for (let n = Number(seen?.data?.["n"] ?? 0) + 1; ; n++) {
      const object: ConfigMap = { metadata: ref, data: { n: String(n), fill: "x".repeat(n % 2_000) } };
      const remove = n % 7 === 0 && state.acknowledged !== undefined;
      state.open = { n: remove ? undefined : String(n) };
      try {
        const call = { timeoutMs: 5_000 };
        if (remove) {
          await client.delete(kinds.ConfigMap, ref, call);
          state.acknowledged = undefined;
        } else {
          const verb = state.acknowledged === undefined ? "create" : "replace";
          const live = await client[verb](kinds.ConfigMap, object, call);
          const { resourceVersion } = live.metadata;
          state.acknowledged = { n: String(n), resourceVersion };
          highest = Math.max(highest, Number(resourceVersion));
        }
        state.open = undefined;
        acknowledged++;
      } catch {
        return;
      }
    }
  }

  test(`${rounds} times: nothing acknowledged is lost`, async (t) => {
    const stop = new AbortController();
    const watcher = await Client.load({ kubeconfig: server.kubeconfig });
    const informer = new Informer<ConfigMap>({ client: watcher, kind: kinds.ConfigMap, selection: { namespace } });
    const running = informer.start(stop.signal);
    t.after(async () => {
      stop.abort();
      await running;
      await watcher.close();
    });
    await informer.synced();
    for (let round = 0; round < rounds; round++) {
      const client = await Client.load({ kubeconfig: server.kubeconfig });
      const before = acknowledged;
      const load = Promise.all(Array.from({ length: writers }, (_, i) => write(client, `w${i}`)));
      await until("the load is on", () => acknowledged > before + 50 + round * 37, { timeoutMs: 20_000, everyMs: 1 });
      await server.kill("SIGKILL");
      // Closing ends retries: a write of this round must not arrive in the next.
      await client.close();
      await load;
      await server.start();

      const { items, resourceVersion } = await server.client.list(kinds.ConfigMap, { namespace });
      assert.ok(Number(resourceVersion) >= highest, "versions never go back");
      const live = new Map(items.map((item) => [item.metadata.name, item]));
      for (const [name, { acknowledged: last, open }] of known) {
        const found = live.get(name)?.data?.["n"];
        const allowed = open === undefined ? [last?.n] : [last?.n, open.n];
        assert.ok(
          allowed.includes(found),
          `${name}: found ${found}, acknowledged ${last?.n}, open ${JSON.stringify(open)}`,
        );
        if (last !== undefined && found === last.n) {
          assert.equal(live.get(name)?.metadata.resourceVersion, last.resourceVersion);
        }
      }
      const stored = versionsOf(items);
      await until("the watcher sees what the store has", () => versionsOf(informer.list()) === stored, {
        timeoutMs: 30_000,
        state: () => ({ round, stored, watched: versionsOf(informer.list()), error: informer.error?.message }),
      });
    }
    assert.ok(acknowledged > rounds * 50);
  });
});

/** Names and versions as one text, to compare two views. */
function versionsOf(objects: readonly Live[]): string {
  return objects
    .map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`)
    .sort()
    .join();
}
