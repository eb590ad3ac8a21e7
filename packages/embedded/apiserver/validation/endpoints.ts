/** Endpoints and EndpointSlices. */
import { isIP } from "node:net";
import type { FieldError } from "../schema/index.ts";
import { type JsonObject, type KubeObject, objectsAt, stringAt } from "../types.ts";
import { endpointAddressProblems } from "./addresses.ts";
import { portNumber } from "./numbers.ts";
import { bad, immutable, required, unsupported } from "./problems.ts";

const ipText = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";

export function endpointsProblems(endpoints: KubeObject): FieldError[] {
  return objectsAt(endpoints, "subsets").flatMap((subset, i) => subsetProblems(subset, `subsets[${i}]`));
}

function subsetProblems(subset: JsonObject, field: string): FieldError[] {
  const addresses = objectsAt(subset, "addresses");
  const notReady = objectsAt(subset, "notReadyAddresses");
  const problems: FieldError[] = [];
  if (addresses.length + notReady.length === 0)
    problems.push(required(field, "must specify `addresses` or `notReadyAddresses`"));
  for (const [list, name] of [
    [addresses, "addresses"],
    [notReady, "notReadyAddresses"],
  ] as const) {
    list.forEach((address, i) => {
      const ip = stringAt(address, "ip") ?? "";
      problems.push(...addressProblems(`${field}.${name}[${i}].ip`, ip));
    });
  }
  const ports = objectsAt(subset, "ports");
  ports.forEach((port, i) => {
    if (ports.length > 1 && (stringAt(port, "name") ?? "") === "") problems.push(required(`${field}.ports[${i}].name`));
    problems.push(...portNumber(`${field}.ports[${i}].port`, port["port"]));
  });
  return problems;
}

function addressProblems(field: string, address: string): FieldError[] {
  if (isIP(address) === 0) return [bad(field, address, ipText)];
  return endpointAddressProblems(address).map((detail) => bad(field, address, detail));
}

const addressTypes = ["FQDN", "IPv4", "IPv6"];

export function endpointSliceProblems(slice: KubeObject): FieldError[] {
  const type = stringAt(slice, "addressType") ?? "";
  const problems: FieldError[] = [];
  if (type === "") problems.push(required("addressType"));
  else if (!addressTypes.includes(type)) problems.push(unsupported("addressType", type, addressTypes));
  objectsAt(slice, "endpoints").forEach((endpoint, i) => {
    const addresses = Array.isArray(endpoint["addresses"]) ? endpoint["addresses"] : [];
    if (addresses.length === 0) problems.push(required(`endpoints[${i}].addresses`, "must contain at least 1 address"));
    addresses.forEach((address, j) => {
      if (type !== "FQDN") problems.push(...addressProblems(`endpoints[${i}].addresses[${j}]`, String(address)));
    });
  });
  return problems;
}

export function endpointSliceUpdateProblems(slice: KubeObject, old: KubeObject): FieldError[] {
  if (slice["addressType"] === old["addressType"]) return [];
  return [bad("addressType", slice["addressType"] ?? "", immutable)];
}
