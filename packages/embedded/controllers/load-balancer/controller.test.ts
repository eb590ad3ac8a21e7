import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { test } from "node:test";
import { silentLogger } from "@keelson/kube";
import { until } from "@keelson/kube/testing";
import type { Service } from "../objects/types.ts";
import type { Runtime } from "../runtime.ts";
import { loadBalancer } from "./controller.ts";
import { NODE_PORT_ADDRESS } from "./plan.ts";

/** Another program's port: on one address, or on all. */
async function foreign(host: string): Promise<{ port: number } & AsyncDisposable> {
  const server = createServer().listen(0, host);
  await once(server, "listening");
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
  return { port: (server.address() as AddressInfo).port, [Symbol.asyncDispose]: close };
}

/** Runs the load balancer with one Service; answers the events it has told of, and how to end it. */
function balance(type: string, port: number, nodePort?: number) {
  const ports = [{ port, ...(nodePort === undefined ? {} : { nodePort }) }];
  const metadata = { name: "web", namespace: "ns", uid: "u", resourceVersion: "1", creationTimestamp: "" };
  let service = { metadata, spec: { type, clusterIP: "10.96.0.9", ports } } as unknown as Service;
  const told: string[] = [];
  const events = { as: () => events, emit: ({ reason }: { reason: string }) => void told.push(reason) };
  const runtime = {
    client: {
      replaceStatus: async (_: unknown, object: Service) => {
        service = object;
      },
    },
    cache: {
      informer: () => ({
        subscribe: (handler: (change: object) => void) => {
          handler({ type: "added", object: service, initial: true });
          return () => {};
        },
        synced: async () => {},
      }),
      list: (kind: { kind: string }) => (kind.kind === "Service" ? [service] : []),
    },
    logger: silentLogger,
    events,
    settings: { runDir: "/nowhere" },
  } as unknown as Runtime;
  const stop = new AbortController();
  const running = loadBalancer(runtime).run(stop.signal);
  const address = () => service.status?.loadBalancer?.ingress?.[0]?.ip;
  return {
    told,
    address,
    end: () => {
      stop.abort();
      return running;
    },
  };
}

test("a NodePort that another program has is told of and tried again, and the end is not held up", {
  timeout: 10_000,
}, async () => {
  await using other = await foreign(NODE_PORT_ADDRESS);
  const { told, end } = balance("NodePort", 80, other.port);
  await until("it was told", () => told.includes("PortUnavailable"));
  await end();
});

test("a port that another program has on all addresses is told of, and not looked for on each", {
  timeout: 10_000,
}, async () => {
  await using other = await foreign("0.0.0.0");
  const { told, end } = balance("LoadBalancer", other.port);
  await until("it was told", () => told.includes("PortUnavailable"), { timeoutMs: 2_000 });
  await end();
});

test("a port that another program has on one address is opened on the next", { timeout: 10_000 }, async () => {
  await using other = await foreign("127.77.0.2");
  const { address, told, end } = balance("LoadBalancer", other.port);
  await until("it has an address", () => address());
  assert.equal(address(), "127.77.0.3");
  assert.deepEqual(told, ["EnsuredLoadBalancer"]);
  await end();
});
