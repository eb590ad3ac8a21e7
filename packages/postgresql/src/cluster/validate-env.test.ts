import assert from "node:assert/strict";
import { test } from "node:test";
import type { Container, KubeObject } from "@keelson/kube";
import { catalogue, clusterResource, pgCluster, viewOf } from "../testing/fixtures.ts";
import { desiredObjects } from "./desired.ts";
import { normalize } from "./normalize.ts";
import { planInstances } from "./plan-instances.ts";

type Env = readonly { readonly name: string; readonly value?: string }[];

/** The fixture's cluster with variables for each kind of pod; gives the fields that are refused. */
function refused(env: { readonly instance?: Env; readonly pooler?: Env; readonly host?: Env }): string[] {
  const cr = clusterResource();
  const { instances, backups } = cr.spec;
  const spec = {
    instances: instances.map((set) => ({ ...set, env: env.instance })),
    proxy: { pgBouncer: { env: env.pooler } },
    backups: { pgbackrest: { ...backups.pgbackrest, env: env.host } },
  };
  return normalize(clusterResource(spec as never), catalogue).problems.map(({ field }) => field);
}

const FIELDS = {
  instance: "spec.instances[i].env",
  pooler: "spec.proxy.pgBouncer.env",
  host: "spec.backups.pgbackrest.env",
};

test("a variable of the user's own is taken, and twice the same is not", () => {
  const env = [{ name: "A" }, { name: "B" }];
  assert.deepEqual(refused({ instance: env, pooler: env, host: env }), []);
  for (const [kind, field] of Object.entries(FIELDS))
    assert.deepEqual(refused({ [kind]: [...env, { name: "A" }] }), [`${field}[A]`]);
});

test("every variable that a container has already is refused", () => {
  const c = pgCluster();
  const view = viewOf();
  const { workloads } = desiredObjects(c, view, planInstances(c, view));
  const kindOf = (object: KubeObject): keyof typeof FIELDS =>
    object.kind === "Deployment" ? "pooler" : object.metadata?.name === "orders-repo-host" ? "host" : "instance";
  const seen = new Set<string>();
  for (const object of workloads) {
    const kind = kindOf(object);
    const pod = (
      object as { spec?: { template: { spec?: { containers: Container[]; initContainers?: Container[] } } } }
    ).spec?.template.spec;
    for (const { env = [] } of [...(pod?.containers ?? []), ...(pod?.initContainers ?? [])]) {
      for (const { name } of env) {
        if (seen.has(`${kind} ${name}`)) continue;
        seen.add(`${kind} ${name}`);
        assert.deepEqual(refused({ [kind]: [{ name, value: "x" }] }), [`${FIELDS[kind]}[${name}]`]);
      }
    }
  }
  assert.ok(seen.size > 30, String(seen.size));
});
