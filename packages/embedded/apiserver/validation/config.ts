/** ConfigMaps and Secrets: keys, sizes, required keys of typed secrets, immutability. */
import { equal, type FieldError } from "../schema/index.ts";
import { isObject, type KubeObject, objectAt, stringAt } from "../types.ts";
import { bad, forbidden, immutable, required, tooLong } from "./problems.ts";

const maxBytes = 1_048_576;

function keyProblem(key: string): string | undefined {
  if (key.length > 253) return "must be no more than 253 characters";
  if (!/^[-._a-zA-Z0-9]+$/.test(key)) {
    return "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
  }
  if (key === ".") return "must not be '.'";
  if (key === ".." || key.startsWith("..")) return `must not ${key === ".." ? "be" : "start with"} '..'`;
  return undefined;
}

function keysProblems(field: string, values: unknown): FieldError[] {
  return Object.keys(isObject(values) ? values : {}).flatMap((key) => {
    const problem = keyProblem(key);
    return problem === undefined ? [] : [bad(`${field}[${key}]`, key, problem)];
  });
}

function textBytes(values: unknown): number {
  return Object.values(isObject(values) ? values : {}).reduce<number>(
    (sum, text) => sum + Buffer.byteLength(String(text)),
    0,
  );
}

function base64Bytes(values: unknown): number {
  return Object.values(isObject(values) ? values : {}).reduce<number>(
    (sum, text) => sum + Math.floor((String(text).length * 3) / 4),
    0,
  );
}

export function configMapProblems(map: KubeObject): FieldError[] {
  const problems = [...keysProblems("data", map["data"]), ...keysProblems("binaryData", map["binaryData"])];
  const plain = objectAt(map, "data") ?? {};
  for (const key of Object.keys(objectAt(map, "binaryData") ?? {})) {
    if (plain[key] !== undefined) problems.push(bad(`data[${key}]`, key, "duplicate of key present in binaryData"));
  }
  if (textBytes(map["data"]) + base64Bytes(map["binaryData"]) > maxBytes) problems.push(tooLong("", "", maxBytes));
  return problems;
}

function immutableProblems(object: KubeObject, old: KubeObject, fields: readonly string[]): FieldError[] {
  if (old["immutable"] !== true) return [];
  const problems: FieldError[] = [];
  if (object["immutable"] !== true) problems.push(forbidden("immutable", "field is immutable when `immutable` is set"));
  for (const field of fields) {
    if (!equal(object[field] ?? {}, old[field] ?? {}))
      problems.push(forbidden(field, "field is immutable when `immutable` is set"));
  }
  return problems;
}

export function configMapUpdateProblems(map: KubeObject, old: KubeObject): FieldError[] {
  return immutableProblems(map, old, ["data", "binaryData"]);
}

/** Keys that a typed secret must have. */
const requiredKeys: Readonly<Record<string, readonly string[]>> = {
  "kubernetes.io/dockercfg": [".dockercfg"],
  "kubernetes.io/dockerconfigjson": [".dockerconfigjson"],
  "kubernetes.io/ssh-auth": ["ssh-privatekey"],
  "kubernetes.io/tls": ["tls.crt", "tls.key"],
};

export function secretProblems(secret: KubeObject): FieldError[] {
  const type = stringAt(secret, "type") ?? "";
  const data = objectAt(secret, "data") ?? {};
  const problems = keysProblems("data", data);
  if (base64Bytes(data) > maxBytes) problems.push(tooLong("data", "", maxBytes));
  for (const key of requiredKeys[type] ?? []) {
    if (data[key] === undefined) problems.push(required(`data[${key}]`));
  }
  if (type === "kubernetes.io/basic-auth" && data["username"] === undefined && data["password"] === undefined) {
    problems.push(required("data[username]"), required("data[password]"));
  }
  if (type === "kubernetes.io/service-account-token") {
    const account = secret.metadata.annotations?.["kubernetes.io/service-account.name"] ?? "";
    if (account === "") problems.push(required("metadata.annotations[kubernetes.io/service-account.name]"));
  }
  return problems;
}

export function secretUpdateProblems(secret: KubeObject, old: KubeObject): FieldError[] {
  const problems = immutableProblems(secret, old, ["data"]);
  if (stringAt(secret, "type") !== stringAt(old, "type")) problems.push(bad("type", secret["type"] ?? "", immutable));
  return problems;
}
