/** Gives every namespace its ServiceAccount `default` and the ConfigMap with the cluster's certificate authority. */
import { keyOf, kinds, mapped, own } from "@keelson/kube";
import type { Action } from "../execution/actions.ts";
import { plannedController } from "../execution/planned-controller.ts";
import { isTerminating } from "../objects/pod-state.ts";
import type { ConfigMap } from "../objects/types.ts";
import type { Part, Runtime } from "../runtime.ts";

const ACCOUNT = "default";
/** The ConfigMap that pods' projected tokens bring along. */
const ROOT_CA = "kube-root-ca.crt";

/** The account. */
export function defaultAccountController(runtime: Runtime): Part {
  const namespaces = runtime.cache.informer(kinds.Namespace);
  const accounts = runtime.cache.informer(kinds.ServiceAccount);
  return plannedController(
    {
      name: "serviceaccount",
      sources: [
        own(namespaces),
        mapped(accounts, ({ object }) => [object.metadata.namespace ?? ""], {
          when: ({ type, object }) => type === "deleted" && object.metadata.name === ACCOUNT,
        }),
      ],
      plan: (namespace) => {
        const live = namespaces.get(namespace);
        if (live === undefined || isTerminating(live)) return undefined;
        if (accounts.get({ namespace, name: ACCOUNT }) !== undefined) return undefined;
        const object = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: ACCOUNT, namespace } };
        return { actions: [{ type: "create", kind: "ServiceAccount", object, ifExists: "ignore" }] };
      },
    },
    runtime,
  );
}

/** The ConfigMap. */
export function rootCaController(runtime: Runtime): Part {
  const { cache, settings } = runtime;
  const namespaces = cache.informer(kinds.Namespace);
  const maps = cache.informer(kinds.ConfigMap, { fieldSelector: `metadata.name=${ROOT_CA}` });
  return plannedController(
    {
      name: "root-ca",
      sources: [own(namespaces), mapped(maps, ({ object }) => [keyOf({ name: object.metadata.namespace ?? "" })])],
      plan: (namespace) => {
        const live = namespaces.get(namespace);
        if (live === undefined || isTerminating(live) || settings.clusterCa === "") return undefined;
        const action = rootCaAction(namespace, settings.clusterCa, maps.get({ namespace, name: ROOT_CA }));
        return action && { actions: [action] };
      },
    },
    runtime,
  );
}

function rootCaAction(namespace: string, ca: string, present: ConfigMap | undefined): Action | undefined {
  if (present?.["data"]?.["ca.crt"] === ca) return undefined;
  if (present !== undefined) {
    return { type: "patch", kind: "ConfigMap", ref: { namespace, name: ROOT_CA }, body: { data: { "ca.crt": ca } } };
  }
  const annotations = {
    "kubernetes.io/description":
      "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. " +
      "No other usage is guaranteed across distributions of Kubernetes clusters.",
  };
  const object = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: ROOT_CA, namespace, annotations },
    data: { "ca.crt": ca },
  };
  return { type: "create", kind: "ConfigMap", object, ifExists: "ignore" };
}
