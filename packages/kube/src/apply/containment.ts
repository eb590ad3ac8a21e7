/**
 * Whether what lives still contains what was wanted. Pure.
 *
 * Others may add: defaults of the API server, fields of other managers, items of lists that are merged by key. What we said must
 * be there unchanged, and lists that are one value must not have grown.
 */
import { sameQuantity } from "../quantity.ts";

/** One place where the live object is not as wanted. */
export interface Difference {
  /** Such as `spec.template.spec.containers[0].image`. */
  readonly path: string;
  readonly wanted: unknown;
  readonly live: unknown;
}

/** Lists of objects that the API server merges: the first of these fields that an item has identifies it. */
const mergeKeys: ReadonlyMap<string, readonly string[]> = new Map([
  ["containers", ["name"]],
  ["initContainers", ["name"]],
  ["ephemeralContainers", ["name"]],
  ["volumes", ["name"]],
  ["env", ["name"]],
  ["volumeMounts", ["mountPath"]],
  ["volumeDevices", ["devicePath"]],
  ["imagePullSecrets", ["name"]],
  ["ports", ["containerPort", "port"]],
  ["hostAliases", ["ip"]],
  ["topologySpreadConstraints", ["topologyKey"]],
  ["ownerReferences", ["uid"]],
  ["conditions", ["type"]],
  ["webhooks", ["name"]],
  ["secrets", ["name"]],
  ["resourceClaims", ["name"]],
]);

/** Lists of plain values that are sets. */
const sets = new Set(["finalizers", "accessModes", "loadBalancerSourceRanges", "externalIPs"]);
/** Maps of quantities. */
const quantityMaps = new Set([
  "limits",
  "requests",
  "capacity",
  "hard",
  "allocatable",
  "overhead",
  "default",
  "defaultRequest",
  "max",
  "min",
]);
const quantityFields = new Set(["sizeLimit", "divisor"]);

/** All places where `live` does not contain `wanted`. Empty = contained. */
export function differences(wanted: unknown, live: unknown): Difference[] {
  const found: Difference[] = [];
  compare(wanted, live, { path: "", name: "", parent: "" }, found);
  return found;
}

interface At {
  readonly path: string;
  readonly name: string;
  readonly parent: string;
}

function compare(wanted: unknown, live: unknown, at: At, found: Difference[]): void {
  if (wanted === undefined || wanted === null) return;
  const different = () => found.push({ path: at.path, wanted, live });
  if (Array.isArray(wanted)) {
    if (!Array.isArray(live)) {
      if (!(live === undefined && wanted.length === 0)) different();
      return;
    }
    compareLists(wanted, live, at, found);
  } else if (typeof wanted === "object") {
    if (live === undefined || live === null) {
      if (Object.values(wanted).some((value) => !isEmpty(value))) different();
    } else if (typeof live !== "object" || Array.isArray(live)) different();
    else compareObjects(wanted as Fields, live as Fields, at, found);
  } else if (wanted !== live && !(live === undefined && isEmpty(wanted)) && !equalQuantity(wanted, live, at)) {
    different();
  }
}

type Fields = Readonly<Record<string, unknown>>;

function compareObjects(wanted: Fields, live: Fields, at: At, found: Difference[]): void {
  for (const [name, value] of Object.entries(wanted)) {
    compare(value, live[name], { path: at.path === "" ? name : `${at.path}.${name}`, name, parent: at.name }, found);
  }
}

function compareLists(wanted: readonly unknown[], live: readonly unknown[], at: At, found: Difference[]): void {
  if (sets.has(at.name)) {
    for (const value of wanted)
      if (!live.includes(value)) found.push({ path: at.path, wanted: value, live: undefined });
    return;
  }
  const keys = mergeKeys.get(at.name) ?? [];
  const key = keys.find((name) => wanted.every((item) => fieldOf(item, name) !== undefined));
  if (key === undefined || wanted.length === 0) {
    if (wanted.length !== live.length) found.push({ path: at.path, wanted, live });
    else for (const [i, item] of wanted.entries()) compare(item, live[i], { ...at, path: `${at.path}[${i}]` }, found);
    return;
  }
  const left = [...live];
  wanted.forEach((item, i) => {
    // Ports may share a number and differ in protocol: the item that fits best stands for it.
    const candidates = left.filter((each) => fieldOf(each, key) === fieldOf(item, key));
    const match = candidates.find((each) => differences(item, each).length === 0) ?? candidates[0];
    if (match !== undefined) left.splice(left.indexOf(match), 1);
    compare(item, match, { ...at, path: `${at.path}[${i}]` }, found);
  });
}

function fieldOf(item: unknown, name: string): unknown {
  return typeof item === "object" && item !== null ? (item as Fields)[name] : undefined;
}

function equalQuantity(wanted: unknown, live: unknown, at: At): boolean {
  if (!quantityMaps.has(at.parent) && !quantityFields.has(at.name)) return false;
  const text = (value: unknown): value is string | number => typeof value === "string" || typeof value === "number";
  return text(wanted) && text(live) && sameQuantity(wanted, live);
}

/** Values that Kubernetes leaves out when it stores an object. */
function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === 0 || value === "") return true;
  return typeof value === "object" && Object.values(value).every(isEmpty);
}
