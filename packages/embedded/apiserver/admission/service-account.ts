/** Pods run as a service account: the default one if they name none, with its token mounted. */
import { forbidden } from "../errors.ts";
import { storageKey } from "../storage/stored.ts";
import { isObject, type JsonObject, type KubeObject, objectsAt, stringAt } from "../types.ts";
import type { ResourceRequest } from "../verbs/context.ts";
import { generateName } from "../verbs/generate-name.ts";
import type { AdmissionStep, Admitted } from "./admission.ts";

const mountPath = "/var/run/secrets/kubernetes.io/serviceaccount";
const tokenSeconds = 3_607;
const waitForAccountMs = 1_000;
const mirror = "kubernetes.io/config.mirror";

export const serviceAccountAdmission: AdmissionStep = {
  name: "ServiceAccount",
  prepare: awaitDefaultAccount,
  mutate: assignAccount,
};

/** A new namespace gets its default account a moment later: waits for it. */
async function awaitDefaultAccount({ resource, info, platform }: ResourceRequest): Promise<void> {
  if (resource.collection !== "pods" || info.subresource !== "") return;
  const key = storageKey(info.namespace, "default");
  const accounts = platform.store.collection("serviceaccounts");
  if (accounts.get(key) !== undefined || platform.store.get("namespaces", info.namespace) === undefined) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      unsubscribe();
      resolve();
    };
    const timer = setTimeout(done, waitForAccountMs);
    const unsubscribe = accounts.subscribe((change) => change.stored.key === key && done());
  });
}

function assignAccount({ request, object, operation }: Admitted): void {
  const { resource, info, platform } = request;
  if (resource.collection !== "pods" || operation !== "CREATE" || object === undefined || !isObject(object.spec))
    return;
  const { spec } = object;
  if (object.metadata.annotations?.[mirror] !== undefined) {
    const why = mirrorPodProblem(spec);
    if (why !== undefined) throw forbidden(resource, object.metadata.name ?? "", why);
    return;
  }
  if ((stringAt(spec, "serviceAccountName") ?? "") === "") spec["serviceAccountName"] = "default";
  const name = String(spec["serviceAccountName"]);
  spec["serviceAccount"] = name;
  const account = platform.store.latest("serviceaccounts", storageKey(info.namespace, name))?.object;
  if (account === undefined) {
    const why = `error looking up service account ${info.namespace}/${name}: serviceaccount "${name}" not found`;
    throw forbidden(resource, object.metadata.name ?? "", why);
  }
  if (mountsToken(spec, account)) mountToken(spec);
  const secrets = account["imagePullSecrets"];
  if (objectsAt(spec, "imagePullSecrets").length === 0 && Array.isArray(secrets) && secrets.length > 0) {
    spec["imagePullSecrets"] = structuredClone(secrets);
  }
}

/** A mirror pod shows what a node runs on its own. Were it to name an account or secrets, the node could read them for it. */
function mirrorPodProblem(spec: JsonObject): string | undefined {
  const accounts = [stringAt(spec, "serviceAccountName"), stringAt(spec, "serviceAccount")];
  if (accounts.some((name) => name !== undefined && name !== ""))
    return "a mirror pod may not reference service accounts";
  if (namesSecret(spec)) return "a mirror pod may not reference secrets";
  const sources = objectsAt(spec, "volumes").flatMap((volume) => objectsAt(volume["projected"], "sources"));
  if (sources.some((source) => source["serviceAccountToken"] !== undefined))
    return "a mirror pod may not use ServiceAccountToken volume projections";
  return undefined;
}

const secretFields = new Set(["secret", "secretRef", "secretKeyRef", "nodePublishSecretRef", "azureFile"]);

/** True when any container, volume or pull of images refers to a secret. */
function namesSecret(spec: JsonObject): boolean {
  const refers = (value: unknown): boolean => {
    if (Array.isArray(value)) return value.some(refers);
    return isObject(value) && Object.entries(value).some(([field, v]) => secretFields.has(field) || refers(v));
  };
  const lists = ["containers", "initContainers", "ephemeralContainers", "volumes"];
  return objectsAt(spec, "imagePullSecrets").length > 0 || lists.some((list) => refers(spec[list]));
}

function mountsToken(spec: JsonObject, account: KubeObject): boolean {
  const own = spec["automountServiceAccountToken"];
  if (typeof own === "boolean") return own;
  return account["automountServiceAccountToken"] !== false;
}

function mountToken(spec: JsonObject): void {
  const existing = objectsAt(spec, "volumes").find((v) => (stringAt(v, "name") ?? "").startsWith("kube-api-access-"));
  const name = stringAt(existing, "name") ?? generateName("kube-api-access-");
  let used = false;
  for (const list of ["initContainers", "containers"]) {
    for (const container of objectsAt(spec, list)) {
      const mounts = objectsAt(container, "volumeMounts");
      if (mounts.some((m) => m["mountPath"] === mountPath)) continue;
      container["volumeMounts"] = [...mounts, { mountPath, name, readOnly: true }];
      used = true;
    }
  }
  if (used && existing === undefined) spec["volumes"] = [...objectsAt(spec, "volumes"), tokenVolume(name)];
}

function tokenVolume(name: string): JsonObject {
  return {
    name,
    projected: {
      defaultMode: 0o644,
      sources: [
        { serviceAccountToken: { expirationSeconds: tokenSeconds, path: "token" } },
        { configMap: { items: [{ key: "ca.crt", path: "ca.crt" }], name: "kube-root-ca.crt" } },
        {
          downwardAPI: {
            items: [{ fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" }, path: "namespace" }],
          },
        },
      ],
    },
  };
}
