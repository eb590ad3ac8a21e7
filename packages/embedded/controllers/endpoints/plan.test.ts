import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Action } from "../execution/actions.ts";
import type { EndpointSlice, Endpoints, Pod, Service } from "../objects/types.ts";
import { endpointsActions, isMirrored, mirrorContents, mirrorLabels } from "./classic.ts";
import { backendsOf, isSelectorless } from "./service-endpoints.ts";
import { planSlices, SLICES_MANAGER, sliceContents, sliceLabels } from "./slices.ts";

const service = (spec: object = {}): Service => ({
  metadata: { name: "db", namespace: "ns", uid: "svc", labels: { team: "x" } },
  spec: {
    selector: { app: "db" },
    ports: [{ name: "pg", port: 5432, targetPort: "postgres" }],
    clusterIP: "10.96.0.9",
    ...spec,
  },
});

function pod(
  name: string,
  more: { ready?: boolean; ip?: string; leaving?: boolean; port?: number; phase?: string; subdomain?: string } = {},
): Pod {
  return {
    metadata: {
      name,
      namespace: "ns",
      uid: name,
      labels: { app: "db" },
      ...(more.leaving ? { deletionTimestamp: "t" } : {}),
    },
    spec: {
      nodeName: "n1",
      hostname: name,
      ...(more.subdomain === undefined ? {} : { subdomain: more.subdomain }),
      containers: [{ name: "c", image: "x", ports: [{ name: "postgres", containerPort: more.port ?? 5433 }] }],
    },
    status: {
      phase: more.phase ?? "Running",
      podIP: more.ip ?? `10.0.0.${name.length}`,
      conditions: [{ type: "Ready", status: more.ready === false ? "False" : "True" }],
    },
  };
}

const slices = (each: Service, pods: readonly Pod[]) => sliceContents(each, backendsOf(each, pods), new Map());

describe("endpoints of a Service", () => {
  test("tell who is ready, who still serves while it ends, and skip who has ended or has no address", () => {
    const pods = [
      pod("a"),
      pod("b", { ready: false }),
      pod("c", { leaving: true }),
      pod("d", { phase: "Failed" }),
      pod("e", { ip: "" }),
    ];
    const [content] = slices(service(), pods);
    assert.deepEqual(
      content?.endpoints.map(({ targetRef, conditions }) => [
        targetRef?.name,
        conditions?.ready,
        conditions?.serving,
        conditions?.terminating,
      ]),
      [
        ["a", true, true, false],
        ["b", false, false, false],
        ["c", false, true, true],
      ],
    );
    assert.deepEqual(content?.ports, [{ name: "pg", port: 5433, protocol: "TCP" }]);
  });

  test("are all ready when the Service publishes those that are not", () => {
    const [content] = slices(service({ publishNotReadyAddresses: true }), [pod("a", { ready: false })]);
    assert.equal(content?.endpoints[0]?.conditions?.ready, true);
  });

  test("carry the host name of pods that ask for one below this Service", () => {
    const [content] = slices(service(), [pod("a", { subdomain: "db" }), pod("bb", { subdomain: "other" })]);
    assert.deepEqual(
      content?.endpoints.map((each) => each.hostname),
      ["a", undefined],
    );
  });

  test("are grouped by port numbers, a hundred to a slice", () => {
    assert.equal(slices(service(), [pod("a"), pod("bb", { port: 9 })]).length, 2);
    const many = Array.from({ length: 150 }, (_, i) => pod(`p${i}`, { ip: `10.0.1.${i}` }));
    assert.deepEqual(
      slices(service(), many).map(({ endpoints }) => endpoints.length),
      [100, 50],
    );
  });

  const owner = { apiVersion: "v1", kind: "Service", metadata: service().metadata } as const;
  const labels = sliceLabels(service(), SLICES_MANAGER);
  const perform = (have: readonly EndpointSlice[], actions: readonly Action[]): EndpointSlice[] => {
    const next = new Map(have.map((slice) => [slice.metadata.name, slice]));
    for (const action of actions) {
      if (action.type === "create" || action.type === "replace")
        next.set(action.object.metadata.name, action.object as EndpointSlice);
      if (action.type === "delete") next.delete(action.ref.name);
    }
    return [...next.values()];
  };

  test("are written once: the same contents cost nothing, a change rewrites one slice", () => {
    const first = planSlices(owner, { contents: slices(service(), [pod("a")]), labels }, []);
    const have = perform([], first);
    assert.equal(have.length, 1);
    assert.deepEqual(planSlices(owner, { contents: slices(service(), [pod("a")]), labels }, have), []);
    const changed = planSlices(owner, { contents: slices(service(), [pod("a"), pod("bb")]), labels }, have);
    assert.deepEqual(
      changed.map((a) => a.type),
      ["replace"],
    );
    assert.deepEqual(
      planSlices(owner, { contents: slices(service(), [pod("a"), pod("bb")]), labels }, perform(have, changed)),
      [],
    );
  });

  test("in the older form have ready and other addresses apart, and cost nothing when they are right", () => {
    const backends = backendsOf(service(), [pod("a"), pod("bb", { ready: false }), pod("ccc", { leaving: true })]);
    const [create] = endpointsActions(service(), backends, undefined);
    assert.ok(create?.type === "create");
    const made = create.object as Endpoints;
    assert.deepEqual(
      made.subsets?.map(({ addresses, notReadyAddresses }) => [addresses?.length, notReadyAddresses?.length]),
      [[1, 1]],
    );
    assert.deepEqual(endpointsActions(service(), backends, made), []);
  });
});

describe("Endpoints that others write", () => {
  const patroni: Endpoints = {
    metadata: { name: "leader", namespace: "ns", uid: "e", labels: { cluster: "c" }, annotations: { leader: "db-0" } },
    subsets: [
      {
        addresses: [{ ip: "10.0.0.1", hostname: "db-0", targetRef: { kind: "Pod", name: "db-0" } }],
        notReadyAddresses: [{ ip: "fd00::1" }],
        ports: [{ name: "pg", port: 5432 }],
      },
    ],
  };
  const selectorless: Service = { metadata: { name: "leader", namespace: "ns" }, spec: { ports: [{ port: 5432 }] } };

  test("are mirrored when their Service has no selector", () => {
    assert.equal(isMirrored(patroni, selectorless), true);
    assert.equal(isMirrored(patroni, service()), false);
    assert.equal(isMirrored(patroni, undefined), false);
    assert.equal(
      isMirrored(
        {
          ...patroni,
          metadata: { ...patroni.metadata, labels: { "endpointslice.kubernetes.io/skip-mirror": "true" } },
        },
        selectorless,
      ),
      false,
    );
    assert.equal(isSelectorless(selectorless), true);
  });

  test("keep ports, host names and readiness; addresses of each family have their own slice", () => {
    const [four, six] = mirrorContents(patroni);
    assert.deepEqual(four?.ports, [{ name: "pg", port: 5432, protocol: "TCP" }]);
    assert.deepEqual(four?.endpoints, [
      {
        addresses: ["10.0.0.1"],
        conditions: { ready: true },
        hostname: "db-0",
        targetRef: { kind: "Pod", name: "db-0" },
      },
    ]);
    assert.deepEqual([six?.addressType, six?.endpoints[0]?.conditions?.ready], ["IPv6", false]);
    assert.equal(mirrorLabels(patroni)["kubernetes.io/service-name"], "leader");
  });
});
