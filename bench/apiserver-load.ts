/** What is measured of an API server; the same for ours and for the real one. */
import { type Client, type ConfigMap, kinds } from "@keelson/kube";
import { until } from "@keelson/kube/testing";

const namespace = "bench";
const atATime = 16;

/** Milliseconds of each of many repetitions. */
export type Samples = readonly number[];

export interface Figures {
  readonly create: Samples;
  readonly get: Samples;
  readonly watch: Samples;
  /** Creations in a second with 16 at a time. */
  readonly createRate: Samples;
  readonly list: Samples;
}

/** An object of about a kilobyte. */
function object(name: string, n = 0): ConfigMap {
  return { metadata: { namespace, name, labels: { app: "bench" } }, data: { n: String(n), text: "x".repeat(800) } };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

async function repeat(times: number, work: (i: number) => Promise<unknown>): Promise<Samples> {
  const samples: number[] = [];
  for (let i = 0; i < times; i++) samples.push(await timed(() => work(i)));
  return samples;
}

export async function measure(client: Client): Promise<Figures> {
  await client.create(kinds.Namespace, { metadata: { name: namespace } });
  const make = (i: number) => client.create(kinds.ConfigMap, object(`a${i}`));
  // What is measured is a server that has been running: at some 500 requests V8 compiles its code anew, once, and takes 20 ms for it.
  await repeat(1_000, (i) => client.create(kinds.ConfigMap, object(`warm${i}`)));
  const create = await repeat(1_000, make);
  const get = await repeat(2_000, (i) => client.get(kinds.ConfigMap, { namespace, name: `a${i % 1_000}` }));
  const watch = await watchDelivery(client);
  const total = 10_000;
  let next = 1_100;
  const began = performance.now();
  const worker = async () => {
    while (next < total) await make(next++);
  };
  await Promise.all(Array.from({ length: atATime }, worker));
  const createRate = [((total - 1_100) / (performance.now() - began)) * 1_000];
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  const list = await repeat(10, () => client.raw({ path, headers: { accept: "application/json" }, timeoutMs: 60_000 }));
  return { create, get, watch, createRate, list };
}

/** From sending a write to the arrival of its event at a watch of 1,100 objects. */
async function watchDelivery(client: Client): Promise<Samples> {
  const sent = new Map<string, number>();
  const samples: number[] = [];
  const stop = new AbortController();
  const { resourceVersion } = await client.list(kinds.ConfigMap, { namespace });
  const following = (async () => {
    for await (const event of client.watch(kinds.ConfigMap, { namespace, resourceVersion, signal: stop.signal })) {
      if (event.type !== "MODIFIED") continue;
      const began = sent.get(event.object.data?.["n"] ?? "");
      if (began !== undefined) samples.push(performance.now() - began);
    }
  })().catch(() => undefined);
  for (let i = 1; i <= 1_000; i++) {
    sent.set(String(i), performance.now());
    const ref = { namespace, name: `a${i - 1}` };
    await client.patch(kinds.ConfigMap, ref, { type: "merge", body: { data: { n: String(i) } } });
  }
  await until("all events are there", () => samples.length === 1_000, { state: () => samples.length });
  stop.abort();
  await following;
  return samples;
}
