/** Fills the rules of ClusterRoles that are made of others (`admin`, `edit`, `view`), at the start and as roles change. */
import type { ClusterRole, PolicyRule } from "kubernetes-types/rbac/v1.js";
import { equal } from "../schema/index.ts";
import { labelSelectorOf, type SelectorObject } from "../selectors/labels.ts";
import type { Store } from "../storage/store.ts";

const collection = "rbac.authorization.k8s.io/clusterroles";

export async function followAggregatedRoles(store: Store): Promise<void> {
  let scheduled = false;
  store.collection(collection).subscribe(() => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      void aggregateRoles(store);
    });
  });
  await aggregateRoles(store);
}

async function aggregateRoles(store: Store): Promise<void> {
  const roles = [...store.latestOf(collection)];
  const writes = roles.flatMap(({ key, object }) => {
    const role = object as unknown as ClusterRole;
    if (role.aggregationRule === undefined) return [];
    const selectors = (role.aggregationRule.clusterRoleSelectors ?? []).map((s) =>
      labelSelectorOf(s as SelectorObject),
    );
    const rules: PolicyRule[] = [];
    for (const other of roles) {
      if (other.key === key || !selectors.some((s) => s.matches(other.object.metadata.labels))) continue;
      for (const rule of (other.object as unknown as ClusterRole).rules ?? []) {
        if (!rules.some((known) => equal(known, rule))) rules.push(rule);
      }
    }
    return equal(rules, role.rules ?? []) ? [] : [store.put(collection, key, { ...object, rules })];
  });
  await Promise.allSettled(writes);
}
