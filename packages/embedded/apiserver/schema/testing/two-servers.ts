/** The same requests to our API server and to a real kube-apiserver; what they answer must be the same. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { text as readText } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import { apiServerMissing, startApiServer, type TestApiServer } from "@keelson/kube/testing";
import { parse } from "yaml";
import { getPath, isArray, isObject, type JsonObject } from "../json.ts";

export interface Step {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly type?: string;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly warnings: readonly string[];
}

/** Why the comparison cannot be made here. */
export function twoServersMissing(): string | undefined {
  return apiServerMissing({ real: false }) ?? apiServerMissing({ real: true });
}

export class TwoServers {
  readonly ours: TestApiServer;
  readonly real: TestApiServer;

  readonly #connections: { readonly ours: Connection; readonly real: Connection };

  private constructor(ours: TestApiServer, real: TestApiServer) {
    this.ours = ours;
    this.real = real;
    this.#connections = { ours: connection(ours), real: connection(real) };
  }

  static async start(): Promise<TwoServers> {
    const options = { folder: "/tmp/keelson-test" };
    const [ours, real] = await Promise.all([
      startApiServer({ ...options, real: false }),
      startApiServer({ ...options, real: true }),
    ]);
    return new TwoServers(ours, real);
  }

  async stop(): Promise<void> {
    await Promise.all([this.ours.stop(), this.real.stop()]);
  }

  /** Both answers, without what differs between any two clusters. */
  async ask(step: Step): Promise<{ readonly ours: Answer; readonly real: Answer }> {
    const [ours, real] = await Promise.all([send(this.#connections.ours, step), send(this.#connections.real, step)]);
    return { ours, real };
  }

  /** Asks both again and again until both answer so: a real server takes a moment to serve a new CRD. */
  async until(step: Step, isDone: (answer: Answer) => boolean): Promise<void> {
    const deadline = Date.now() + 20_000;
    for (;;) {
      const { ours, real } = await this.ask(step);
      if (isDone(ours) && isDone(real)) return;
      assert.ok(Date.now() < deadline, `ours ${JSON.stringify(ours)}, real ${JSON.stringify(real)}`);
      await setTimeout(50);
    }
  }

  /**
   * Sends the steps one after the other and fails at the first that is answered differently. From an answer of the real server on that
   * is a known `defect` of it, nothing is compared.
   */
  async same(
    steps: readonly Step[],
    { warnings = true, defect = () => false }: { warnings?: boolean; defect?: (real: Answer) => boolean } = {},
  ): Promise<void> {
    for (const step of steps) {
      const answers = await this.ask(step);
      if (defect(answers.real)) return;
      const [ours, real] = [answers.ours, answers.real].map((answer) =>
        warnings ? answer : { ...answer, warnings: [] },
      );
      const asked = `${step.method} ${step.path} ${JSON.stringify(step.body ?? null)}`;
      assert.deepEqual(ours, real, asked);
    }
  }
}

/** Speaks HTTP itself, so that every status comes back as it is. */
async function send(server: Connection, { method, path, body, type }: Step): Promise<Answer> {
  const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
  const sent = request(new URL(path, server.url), {
    ...server.credentials,
    method,
    headers: { "content-type": type ?? "application/json", accept: "application/json", "user-agent": "differential/1" },
  });
  sent.end(text);
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  const received = await readText(answer);
  const { warning = [] } = answer.headersDistinct;
  return {
    status: answer.statusCode ?? 0,
    body: plain(received.startsWith("{") ? JSON.parse(received) : received, []),
    warnings: warning.map((line) => line.replace(/^299 - /, "")),
  };
}

interface Connection {
  readonly url: string;
  readonly credentials: { readonly ca: Buffer; readonly cert: Buffer; readonly key: Buffer };
}

function connection({ kubeconfig }: TestApiServer): Connection {
  const config: unknown = parse(readFileSync(kubeconfig, "utf8"));
  const text = (...path: string[]): string => String(getPath(config, ...path) ?? "");
  const first = (list: string, part: string, field: string): string => {
    const entries = getPath(config, list);
    return isArray(entries) ? String(getPath(entries[0], part, field) ?? "") : text();
  };
  const data = (list: string, part: string, field: string): Buffer => Buffer.from(first(list, part, field), "base64");
  return {
    url: first("clusters", "cluster", "server"),
    credentials: {
      ca: data("clusters", "cluster", "certificate-authority-data"),
      cert: data("users", "user", "client-certificate-data"),
      key: data("users", "user", "client-key-data"),
    },
  };
}

const volatile = new Set(["uid", "resourceVersion", "creationTimestamp", "time", "lastTransitionTime", "clusterIP"]);

/** Values that every cluster makes up for itself become the same; managedFields are put in one order. */
function plain(value: unknown, path: readonly string[]): unknown {
  if (isArray(value)) {
    const items = value.map((item) => plain(item, path));
    return path.at(-1) === "managedFields" || path.at(-1) === "causes" ? items.sort(byText) : items;
  }
  if (!isObject(value)) return value;
  const result: JsonObject = {};
  for (const name of Object.keys(value).sort()) {
    result[name] = volatile.has(name) ? typeof value[name] : plain(value[name], [...path, name]);
  }
  return result;
}

function byText(a: unknown, b: unknown): number {
  const [left, right] = [JSON.stringify(a), JSON.stringify(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}
