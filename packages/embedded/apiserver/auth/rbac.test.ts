import assert from "node:assert/strict";
import { test } from "node:test";
import { Store } from "../storage/store.ts";
import type { KubeObject } from "../types.ts";
import { type Attributes, refusal } from "./attributes.ts";
import { Authorizer } from "./rbac.ts";

const group = "rbac.authorization.k8s.io";

function ask(what: Partial<Attributes>): Attributes {
  const user = { name: "jane", groups: ["team", "system:authenticated"] };
  return {
    user,
    verb: "get",
    isResource: true,
    group: "",
    resource: "pods",
    subresource: "",
    namespace: "default",
    name: "",
    path: "",
    ...what,
  };
}

async function authorizer(objects: Readonly<Record<string, KubeObject>>): Promise<Authorizer> {
  const store = new Store(undefined);
  const decider = new Authorizer(store);
  for (const [place, object] of Object.entries(objects)) {
    const [collection = "", ...key] = place.split(" ");
    await store.put(`${group}/${collection}`, key.join(" "), object);
  }
  return decider;
}

const role = (rules: object[]): KubeObject => ({ metadata: {}, rules });
const binding = (name: string, namespace: string | undefined, roleRef: object, subjects: object[]): KubeObject => ({
  metadata: { name, ...(namespace !== undefined && { namespace }) },
  roleRef,
  subjects,
});

test("without a binding nothing is allowed, and members of system:masters may do all", async () => {
  const decider = await authorizer({});
  assert.equal(decider.authorize(ask({})).allowed, false);
  assert.equal(decider.authorize(ask({ user: { name: "root", groups: ["system:masters"] } })).allowed, true);
});

test("a role holds in its binding's namespace only", async () => {
  const decider = await authorizer({
    "clusterroles reader": role([{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }]),
    "rolebindings default/b": binding("b", "default", { kind: "ClusterRole", name: "reader" }, [
      { kind: "User", name: "jane" },
    ]),
  });
  const decision = decider.authorize(ask({}));
  assert.equal(decision.allowed, true);
  assert.equal(decision.reason, 'RBAC: allowed by RoleBinding "b/default" of ClusterRole "reader" to User "jane"');
  assert.equal(decider.authorize(ask({ namespace: "other" })).allowed, false);
  assert.equal(decider.authorize(ask({ namespace: "" })).allowed, false);
  assert.equal(decider.authorize(ask({ verb: "list" })).allowed, false);
  assert.equal(decider.authorize(ask({ subresource: "log" })).allowed, false);
});

test("groups, service accounts, names of resources, sub-resources and paths", async () => {
  const subjects = [
    { kind: "Group", name: "team" },
    { kind: "ServiceAccount", name: "bot", namespace: "ops" },
  ];
  const decider = await authorizer({
    "clusterroles mixed": role([
      { apiGroups: ["apps"], resources: ["deployments"], resourceNames: ["web"], verbs: ["get"] },
      { apiGroups: ["*"], resources: ["*/scale"], verbs: ["update"] },
      { nonResourceURLs: ["/metrics", "/logs/*"], verbs: ["get"] },
    ]),
    "clusterrolebindings b": binding("b", undefined, { kind: "ClusterRole", name: "mixed" }, subjects),
  });
  const deployments = { group: "apps", resource: "deployments" };
  assert.equal(decider.authorize(ask({ ...deployments, name: "web" })).allowed, true);
  assert.equal(decider.authorize(ask({ ...deployments, name: "other" })).allowed, false);
  assert.equal(decider.authorize(ask({ ...deployments, verb: "update", subresource: "scale" })).allowed, true);
  assert.equal(decider.authorize(ask({ isResource: false, path: "/logs/today" })).allowed, true);
  assert.equal(decider.authorize(ask({ isResource: false, path: "/secret" })).allowed, false);
  const bot = { name: "system:serviceaccount:ops:bot", groups: [] };
  assert.equal(decider.authorize(ask({ user: bot, ...deployments, name: "web" })).allowed, true);
});

test("a refusal says who cannot do what where", () => {
  assert.equal(
    refusal(ask({ verb: "list", resource: "secrets" })),
    'User "jane" cannot list resource "secrets" in API group "" in the namespace "default"',
  );
  assert.equal(
    refusal(ask({ namespace: "", resource: "nodes", subresource: "proxy" })),
    'User "jane" cannot get resource "nodes/proxy" in API group "" at the cluster scope',
  );
});
