import { isArray, isObject, type JsonObject } from "../json.ts";

/** Fills in what the API server defaults in a CRD: names, conversion, and the ports of a conversion webhook. In place. */
export function defaultCrd(crd: JsonObject): void {
  const { spec } = crd;
  if (!isObject(spec)) return;
  const { names } = spec;
  if (isObject(names) && typeof names["kind"] === "string") {
    if (!names["singular"]) names["singular"] = names["kind"].toLowerCase();
    if (!names["listKind"]) names["listKind"] = `${names["kind"]}List`;
  }
  if (!isObject(spec["conversion"])) spec["conversion"] = { strategy: "None" };
  for (const version of isArray(spec["versions"]) ? spec["versions"].filter(isObject) : []) {
    const columns = version["additionalPrinterColumns"];
    if (isArray(columns) && columns.length === 0) delete version["additionalPrinterColumns"];
  }
}
