import { isArray, isObject, type JsonObject } from "../../json.ts";
import type { Report } from "./report.ts";

/** x-kubernetes-list-type, -list-map-keys and -map-type fit the type that they stand at. */
export function checkMergeTypes(schema: JsonObject, path: string, report: Report): void {
  checkMapType(schema, path, report);
  const listType = schema["x-kubernetes-list-type"];
  const keys = isArray(schema["x-kubernetes-list-map-keys"]) ? schema["x-kubernetes-list-map-keys"].map(String) : [];
  const items = isObject(schema["items"]) ? schema["items"] : undefined;
  const type = schema["type"] ?? "";
  if (listType !== undefined && type !== "array") {
    const detail = "must be array if x-kubernetes-list-type is specified";
    if (type === "") report.required(`${path}.type`, detail);
    else report.invalid(`${path}.type`, type, detail);
  } else if (listType === "set" && items !== undefined) {
    checkSetItems(items, path, report);
  }
  if (listType !== undefined && !["atomic", "set", "map"].includes(String(listType))) {
    report.notSupported(`${path}.x-kubernetes-list-type`, listType, ["atomic", "set", "map"]);
  }
  if (keys.length > 0 && listType !== "map") {
    const at = `${path}.x-kubernetes-list-type`;
    const detail = "must be map if x-kubernetes-list-map-keys is non-empty";
    if (listType === undefined) report.required(at, detail);
    else report.invalid(at, listType, detail);
  }
  if (listType === "map") checkKeys({ keys, items, path, report });
  if (items?.["nullable"] === true && (listType === "map" || listType === "set")) {
    report.forbidden(`${path}.items.nullable`, `cannot be nullable when x-kubernetes-list-type is ${listType}`);
  }
}

function checkMapType(schema: JsonObject, path: string, report: Report): void {
  const mapType = schema["x-kubernetes-map-type"];
  if (mapType === undefined) return;
  const type = schema["type"] ?? "";
  if (type !== "object") {
    const detail = "must be object if x-kubernetes-map-type is specified";
    if (type === "") report.required(`${path}.type`, detail);
    else report.invalid(`${path}.type`, type, detail);
  }
  if (mapType !== "atomic" && mapType !== "granular") {
    report.notSupported(`${path}.x-kubernetes-map-type`, mapType, ["atomic", "granular"]);
  }
}

/** A set's items are compared whole. */
function checkSetItems(items: JsonObject, path: string, report: Report): void {
  const detail = "must be atomic as item of a list with x-kubernetes-list-type=set";
  const { type, "x-kubernetes-list-type": listType, "x-kubernetes-map-type": mapType } = items;
  if (type === "array" && listType !== undefined && listType !== "atomic") {
    report.invalid(`${path}.items.x-kubernetes-list-type`, listType, detail);
  }
  if (type === "object" && mapType !== "atomic") {
    report.invalid(`${path}.items.x-kubernetes-map-type`, listType ?? null, detail);
  }
}

function checkKeys(of: { keys: readonly string[]; items: JsonObject | undefined; path: string; report: Report }): void {
  const { keys, items, path, report } = of;
  const at = `${path}.x-kubernetes-list-map-keys`;
  if (keys.length === 0) report.required(at, "must not be empty if x-kubernetes-list-type is map");
  if (items === undefined) {
    report.required(`${path}.items`, "must have a schema if x-kubernetes-list-type is map");
    return;
  }
  if (items["type"] !== "object") {
    report.invalid(
      `${path}.items.type`,
      items["type"] ?? "",
      "must be object if parent array's x-kubernetes-list-type is map",
    );
    return;
  }
  const properties = isObject(items["properties"]) ? items["properties"] : {};
  const required = isArray(items["required"]) ? items["required"] : [];
  for (const [index, key] of keys.entries()) {
    const property = properties[key];
    const place = `${path}.items.properties[${key}]`;
    if (!isObject(property)) report.invalid(at, keys, "entries must all be names of item properties");
    else {
      if (property["type"] === "array" || property["type"] === "object") {
        report.invalid(
          `${place}.type`,
          items["type"],
          "must be a scalar type if parent array's x-kubernetes-list-type is map",
        );
      }
      if (!required.includes(key) && property["default"] === undefined) {
        report.required(
          `${place}.default`,
          "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property",
        );
      }
      if (property["nullable"] === true) {
        report.forbidden(
          `${place}.nullable`,
          "this property is in x-kubernetes-list-map-keys, so it cannot be nullable",
        );
      }
    }
    if (keys.indexOf(key) !== index) report.invalid(at, keys, "must not contain duplicate entries");
  }
}
