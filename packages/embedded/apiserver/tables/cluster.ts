/** Columns of nodes, namespaces, events, storage, access and configuration. */
import { type KubeObject, numberAt, objectAt, objectsAt, stringAt } from "../types.ts";
import { age, type Column } from "./column.ts";
import { ageColumn, createdColumn, integer, nameColumn, none, specOf, statusOf, text, wide } from "./common.ts";

function nodeStatus(node: KubeObject): string {
  const ready = objectsAt(node.status, "conditions").find((c) => c["type"] === "Ready");
  const words = [ready === undefined ? "Unknown" : ready["status"] === "True" ? "Ready" : "NotReady"];
  if (specOf(node)["unschedulable"] === true) words.push("SchedulingDisabled");
  return words.join(",");
}

const rolePrefix = "node-role.kubernetes.io/";

function nodeRoles(node: KubeObject): string {
  const labels = Object.entries(node.metadata.labels ?? {});
  const roles = labels.flatMap(([key, value]) => {
    if (key.startsWith(rolePrefix) && key.length > rolePrefix.length) return [key.slice(rolePrefix.length)];
    return key === "kubernetes.io/role" && value !== "" ? [value] : [];
  });
  return roles.length === 0 ? none : [...new Set(roles)].sort().join(",");
}

const address = (node: KubeObject, type: string): string =>
  stringAt(
    objectsAt(node.status, "addresses").find((a) => a["type"] === type),
    "address",
  ) ?? none;
const info = (node: KubeObject, field: string): string => stringAt(objectAt(node.status, "nodeInfo"), field) ?? "";

const nodeColumns: readonly Column[] = [
  nameColumn,
  text("Status", nodeStatus),
  text("Roles", nodeRoles),
  ageColumn,
  text("Version", (o) => info(o, "kubeletVersion")),
  wide(text("Internal-IP", (o) => address(o, "InternalIP"))),
  wide(text("External-IP", (o) => address(o, "ExternalIP"))),
  wide(text("OS-Image", (o) => info(o, "osImage") || "<unknown>")),
  wide(text("Kernel-Version", (o) => info(o, "kernelVersion") || "<unknown>")),
  wide(text("Container-Runtime", (o) => info(o, "containerRuntimeVersion") || "<unknown>")),
];

/** Core events and those of events.k8s.io have different names for the same. */
function either(event: KubeObject, ...fields: readonly string[]): unknown {
  return fields.map((field) => event[field]).find((value) => value !== undefined && value !== null && value !== "");
}

function firstSeen(event: KubeObject, now: number): string {
  const time = either(event, "firstTimestamp", "deprecatedFirstTimestamp", "eventTime");
  return age(typeof time === "string" ? time : undefined, now);
}

function lastSeen(event: KubeObject, now: number): string {
  const series = stringAt(event["series"], "lastObservedTime");
  const time = series ?? either(event, "lastTimestamp", "deprecatedLastTimestamp");
  return typeof time === "string" ? age(time, now) : firstSeen(event, now);
}

function target(event: KubeObject): string {
  const object = either(event, "involvedObject", "regarding");
  const kind = (stringAt(object, "kind") ?? "").toLowerCase();
  const name = stringAt(object, "name") ?? "";
  return name === "" ? kind : `${kind}/${name}`;
}

function source(event: KubeObject): string {
  const old = either(event, "source", "deprecatedSource");
  const component =
    stringAt(old, "component") || String(either(event, "reportingComponent", "reportingController") ?? "");
  const instance = stringAt(old, "host") || (stringAt(event, "reportingInstance") ?? "");
  return instance === "" ? component : `${component}, ${instance}`;
}

const eventColumns: readonly Column[] = [
  { name: "Last Seen", cell: lastSeen },
  text("Type", (o) => stringAt(o, "type")),
  text("Reason", (o) => stringAt(o, "reason")),
  text("Object", target),
  wide(text("Subobject", (o) => stringAt(either(o, "involvedObject", "regarding"), "fieldPath"))),
  wide(text("Source", source)),
  text("Message", (o) => String(either(o, "message", "note") ?? "").trim()),
  wide({ name: "First Seen", cell: firstSeen }),
  wide({
    ...integer(
      "Count",
      (o) => numberAt(o["series"], "count") ?? (Number(either(o, "count", "deprecatedCount") ?? 0) || 1),
    ),
    type: "string",
  }),
  wide(nameColumn),
];

const modeNames: Readonly<Record<string, string>> = {
  ReadWriteOnce: "RWO",
  ReadOnlyMany: "ROX",
  ReadWriteMany: "RWX",
  ReadWriteOncePod: "RWOP",
};

function modes(value: unknown): string {
  const given = Array.isArray(value) ? value.map(String) : [];
  return Object.keys(modeNames)
    .filter((mode) => given.includes(mode))
    .map((mode) => modeNames[mode])
    .join(",");
}

const phase = (object: KubeObject): string =>
  object.metadata.deletionTimestamp === undefined ? (stringAt(object.status, "phase") ?? "") : "Terminating";
const className = (o: KubeObject): string =>
  o.metadata.annotations?.["volume.beta.kubernetes.io/storage-class"] ?? stringAt(o.spec, "storageClassName") ?? "";
const attributesClass = text(
  "VolumeAttributesClass",
  (o) => stringAt(o.spec, "volumeAttributesClassName") ?? "<unset>",
);
const volumeMode = wide(text("VolumeMode", (o) => stringAt(o.spec, "volumeMode") ?? "<unset>"));
const isBound = (o: KubeObject): boolean => (stringAt(o.spec, "volumeName") ?? "") !== "";

const claimColumns: readonly Column[] = [
  nameColumn,
  text("Status", phase),
  text("Volume", (o) => stringAt(o.spec, "volumeName")),
  text("Capacity", (o) => (isBound(o) ? String(objectAt(o.status, "capacity")?.["storage"] ?? "0") : "")),
  text("Access Modes", (o) => (isBound(o) ? modes(statusOf(o)["accessModes"]) : "")),
  text("StorageClass", className),
  attributesClass,
  ageColumn,
  volumeMode,
];

const volumeColumns: readonly Column[] = [
  nameColumn,
  text("Capacity", (o) => String(objectAt(o.spec, "capacity")?.["storage"] ?? "0")),
  text("Access Modes", (o) => modes(specOf(o)["accessModes"])),
  text("Reclaim Policy", (o) => stringAt(o.spec, "persistentVolumeReclaimPolicy")),
  text("Status", phase),
  text("Claim", (o) => {
    const claim = objectAt(o.spec, "claimRef");
    return claim === undefined ? "" : `${claim["namespace"]}/${claim["name"]}`;
  }),
  text("StorageClass", className),
  attributesClass,
  text("Reason", (o) => stringAt(o.status, "reason")),
  ageColumn,
  volumeMode,
];

const isDefaultClass = (o: KubeObject): boolean =>
  o.metadata.annotations?.["storageclass.kubernetes.io/is-default-class"] === "true";

const storageClassColumns: readonly Column[] = [
  { ...nameColumn, cell: (o) => `${o.metadata.name}${isDefaultClass(o) ? " (default)" : ""}` },
  text("Provisioner", (o) => stringAt(o, "provisioner")),
  text("ReclaimPolicy", (o) => stringAt(o, "reclaimPolicy") ?? "Delete"),
  text("VolumeBindingMode", (o) => stringAt(o, "volumeBindingMode") ?? "Immediate"),
  { name: "AllowVolumeExpansion", cell: (o) => o["allowVolumeExpansion"] === true },
  ageColumn,
];

function subjects(kind: string): (binding: KubeObject) => string {
  return (binding) =>
    objectsAt(binding, "subjects")
      .filter((s) => s["kind"] === kind)
      .map((s) => (kind === "ServiceAccount" ? `${s["namespace"]}/${s["name"]}` : String(s["name"])))
      .join(", ");
}

const bindingColumns: readonly Column[] = [
  nameColumn,
  text("Role", (o) => `${stringAt(o["roleRef"], "kind")}/${stringAt(o["roleRef"], "name")}`),
  ageColumn,
  wide(text("Users", subjects("User"))),
  wide(text("Groups", subjects("Group"))),
  wide(text("ServiceAccounts", subjects("ServiceAccount"))),
];

function quotaText(quota: KubeObject, limits: boolean): string {
  const hard = objectAt(quota.status, "hard") ?? {};
  const used = objectAt(quota.status, "used") ?? {};
  return Object.keys(hard)
    .filter((name) => name.startsWith("limits.") === limits)
    .sort()
    .map((name) => `${name}: ${used[name] ?? "0"}/${hard[name]}`)
    .join(", ");
}

const count = (value: unknown): number => Object.keys(typeof value === "object" && value !== null ? value : {}).length;

export const clusterColumns: Readonly<Record<string, readonly Column[]>> = {
  Node: nodeColumns,
  Namespace: [nameColumn, text("Status", (o) => stringAt(o.status, "phase")), ageColumn],
  Event: eventColumns,
  PersistentVolumeClaim: claimColumns,
  PersistentVolume: volumeColumns,
  StorageClass: storageClassColumns,
  RoleBinding: bindingColumns,
  ClusterRoleBinding: bindingColumns,
  Secret: [
    nameColumn,
    text("Type", (o) => stringAt(o, "type")),
    { ...integer("Data", (o) => count(o["data"])), type: "string" },
    ageColumn,
  ],
  ConfigMap: [
    nameColumn,
    { ...integer("Data", (o) => count(o["data"]) + count(o["binaryData"])), type: "string" },
    ageColumn,
  ],
  ServiceAccount: [
    nameColumn,
    { ...integer("Secrets", (o) => objectsAt(o, "secrets").length), type: "string" },
    ageColumn,
  ],
  Lease: [nameColumn, text("Holder", (o) => stringAt(o.spec, "holderIdentity")), ageColumn],
  ResourceQuota: [
    nameColumn,
    text("Request", (o) => quotaText(o, false)),
    text("Limit", (o) => quotaText(o, true)),
    ageColumn,
  ],
  PriorityClass: [
    nameColumn,
    integer("Value", (o) => numberAt(o, "value")),
    { name: "Global-Default", type: "boolean", cell: (o) => o["globalDefault"] === true },
    ageColumn,
    text("PreemptionPolicy", (o) => stringAt(o, "preemptionPolicy")),
  ],
  RuntimeClass: [nameColumn, text("Handler", (o) => stringAt(o, "handler")), ageColumn],
  CSINode: [nameColumn, integer("Drivers", (o) => objectsAt(o.spec, "drivers").length), ageColumn],
  CustomResourceDefinition: [nameColumn, createdColumn],
};
