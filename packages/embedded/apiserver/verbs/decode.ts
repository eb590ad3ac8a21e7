/** Request bodies: parsed, checked against the type, unknown fields reported as the client asked. */
import { badRequest, invalid, StatusError, unsupportedMediaType } from "../errors.ts";
import { mediaType, readBody } from "../http/body.ts";
import { type Exchange, warn } from "../http/respond.ts";
import { decodeProtobuf } from "../protobuf/decode.ts";
import { apiVersionOf, type Resource } from "../registry/resource.ts";
import { decodeBuiltin, findDuplicateFields, findUnknownFields, strictDecodingMessage } from "../schema/index.ts";
import { isObject, type JsonObject, type KubeObject } from "../types.ts";
import { parseYaml } from "./parse-yaml.ts";

const jsonTypes = new Set(["", "application/json", "*/*"]);
const yamlTypes = new Set(["application/yaml", "text/yaml", "application/x-yaml"]);
const protobufType = "application/vnd.kubernetes.protobuf";
const accepted = ["application/json", "application/yaml", protobufType];

export type FieldValidation = "Strict" | "Warn" | "Ignore";

export function fieldValidationOf(query: URLSearchParams): FieldValidation {
  const asked = query.get("fieldValidation") ?? "";
  if (asked === "Strict" || asked === "Ignore" || asked === "Warn") return asked;
  if (asked === "") return "Warn";
  throw badRequest(
    `fieldValidation: Unsupported value: ${JSON.stringify(asked)}: supported values: "Ignore", "Strict", "Warn"`,
  );
}

/** The body as JSON. `undefined` for an empty one. `text` is the JSON or YAML text it came as. */
export async function readJson(exchange: Exchange): Promise<{ value: unknown; text: Buffer | undefined } | undefined> {
  const type = mediaType(exchange.request.headers["content-type"]);
  const isKnown = jsonTypes.has(type) || yamlTypes.has(type) || type === protobufType;
  const bytes = await readBody(exchange.request);
  if (bytes.length === 0) return undefined;
  if (!isKnown) throw unsupportedMediaType(accepted);
  try {
    if (type === protobufType) return { value: decodeProtobuf(bytes), text: undefined };
    if (yamlTypes.has(type)) return { value: await parseYaml(bytes), text: undefined };
    return { value: JSON.parse(bytes.toString("utf8")), text: bytes };
  } catch (error) {
    if (error instanceof StatusError) throw error;
    throw badRequest(`couldn't get version/kind; json parse error: ${error instanceof Error ? error.message : error}`);
  }
}

/** Checks that a document is an object of the resource's kind; both may be left out. */
function typed(value: unknown, resource: Resource): JsonObject {
  if (!isObject(value))
    throw badRequest(
      "couldn't get version/kind; json parse error: json: cannot unmarshal into Go value of type struct",
    );
  const apiVersion = value["apiVersion"] ?? "";
  const kind = value["kind"] ?? "";
  const expected = apiVersionOf(resource);
  if (kind !== "" && kind !== resource.kind && resource.isCustom) {
    const detail = `must be ${resource.kind}`;
    const name = isObject(value["metadata"]) ? String(value["metadata"]["name"] ?? "") : "";
    throw invalid({ group: resource.group, kind: String(kind) }, name, [
      { type: "FieldValueInvalid", field: "kind", badValue: kind, detail },
    ]);
  }
  if (kind !== "" && kind !== resource.kind) {
    throw badRequest(
      `${kind} in version ${JSON.stringify(versionOf(String(apiVersion)))} cannot be handled as a ${resource.kind}: ` +
        `no kind ${JSON.stringify(kind)} is registered for ${expected}`,
    );
  }
  if (apiVersion !== "" && apiVersion !== expected) {
    throw badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${expected})`,
    );
  }
  const { apiVersion: _a, kind: _k, ...rest } = value;
  return { kind: resource.kind, apiVersion: expected, ...rest };
}

function versionOf(apiVersion: string): string {
  return apiVersion.slice(apiVersion.indexOf("/") + 1);
}

/** Brings a document into the form of its kind. Strict mode throws what the others only warn of. */
export function decodeObject(
  resource: Resource,
  value: unknown,
  options: { exchange: Exchange; validation: FieldValidation; text?: Buffer | undefined },
): KubeObject {
  const object = typed(value, resource);
  if (object["metadata"] === null || object["metadata"] === undefined) object["metadata"] = {};
  const problems: string[] = [];
  const judge = options.validation !== "Ignore";
  if (judge && options.text !== undefined) problems.push(...findDuplicateFields(options.text));
  const decoded = resource.isCustom
    ? decodeCustom(resource, object, problems)
    : decodeTyped(resource, object, problems);
  report(resource, problems, options);
  return decoded;
}

function decodeTyped(resource: Resource, object: JsonObject, problems: string[]): KubeObject {
  const schema = resource.schema();
  if (schema === undefined) return asObject(object);
  const decoded = decodeBuiltin(object, schema);
  if (decoded.error !== undefined) throw cannotHandle(resource, decoded.error);
  problems.push(...decoded.strictErrors);
  return asObject({ kind: resource.kind, apiVersion: apiVersionOf(resource), ...decoded.object });
}

function decodeCustom(resource: Resource, object: JsonObject, problems: string[]): KubeObject {
  const { custom } = resource;
  if (custom === undefined) return asObject(object);
  problems.push(...findUnknownFields(object, custom.typeSchema));
  custom.prune(object);
  custom.default(object);
  return asObject(object);
}

function report(
  resource: Resource,
  problems: readonly string[],
  options: { exchange: Exchange; validation: FieldValidation },
): void {
  if (problems.length === 0 || options.validation === "Ignore") return;
  if (options.validation === "Strict") throw cannotHandle(resource, strictDecodingMessage(problems));
  for (const problem of problems) warn(options.exchange, problem);
}

function cannotHandle(resource: Resource, why: string): Error {
  return badRequest(
    `${resource.kind} in version ${JSON.stringify(resource.version)} cannot be handled as a ${resource.kind}: ${why}`,
  );
}

function asObject(object: JsonObject): KubeObject {
  const metadata = object["metadata"];
  return { ...object, metadata: isObject(metadata) ? { ...metadata } : {} };
}
