import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { test } from "node:test";
import {
  type Client,
  type Kind,
  type KubeObject,
  silentLogger,
  type WatchEvent,
  type WatchOptions,
} from "@keelson/kube";
import { until } from "@keelson/kube/testing";
import type { ImageStore } from "./images/index.ts";
import { NodeRegistration } from "./node-object.ts";

/** An API server with one Node, whose status writes can fail. */
class Api {
  failures = 0;
  readonly written: string[] = [];
  readonly #tell = Promise.withResolvers<void>();

  onWrite = (): (() => void) => () => {};
  get = async (): Promise<undefined> => undefined;
  create = async (): Promise<KubeObject> => this.#node("1", "False");

  async patch(kind: Kind, _: unknown, { body }: { body: KubeObject }): Promise<KubeObject> {
    if (kind.kind !== "Node") return this.#node("1", "True");
    if (this.failures-- > 0) throw new Error("broken off");
    const { conditions = [] } = (body as { status?: { conditions?: { type: string; status: string }[] } }).status ?? {};
    this.written.push(conditions.find(({ type }) => type === "Ready")?.status ?? "");
    return this.#node("2", "True");
  }

  /** The node lifecycle controller has not heard the node. */
  doubt(): void {
    this.#tell.resolve();
  }

  async *watch(_: Kind, { signal }: WatchOptions): AsyncGenerator<WatchEvent<KubeObject>> {
    const annotations = { "k8s.io/initial-events-end": "true" };
    yield { type: "BOOKMARK", object: { metadata: { resourceVersion: "2", annotations } } } as never;
    await this.#tell.promise;
    yield { type: "MODIFIED", object: this.#node("3", "Unknown") } as never;
    await new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
  }

  #node(resourceVersion: string, status: string): KubeObject {
    const metadata = { name: "node-1", uid: "n", resourceVersion, creationTimestamp: "" };
    return { apiVersion: "v1", kind: "Node", metadata, status: { conditions: [{ type: "Ready", status }] } } as never;
  }
}

test("a node that was called silent says that it is well until it is heard", async () => {
  const api = new Api();
  const registration = new NodeRegistration({
    client: api as unknown as Client,
    identity: {
      name: "node-1",
      index: 1,
      ip: "10.95.1.1",
      podCidr: "10.244.1.0/24",
      kubeletSocket: "",
      data: tmpdir(),
      bootId: "b",
    },
    images: { list: async () => [] } as unknown as ImageStore,
    log: silentLogger,
  });
  await registration.register();
  try {
    assert.deepEqual(api.written, ["True"]);
    api.failures = 1;
    api.doubt();
    await until("it has answered", () => api.written.length === 2);
  } finally {
    await registration.stop();
  }
  assert.deepEqual(api.written, ["True", "True", "False"]);
});
