import type { ServedResource } from "./types.ts";

/**
 * The Swagger 2 document in protobuf, which older kubectl versions ask for, and newer ones when a kind is not in any OpenAPI v3
 * document. It has what they look for: for each resource the patch operation with its kind and query parameters. Field numbers
 * are those of the openapi.v2 package of gnostic.
 */
export function openApiV2Protobuf(resources: readonly ServedResource[]): Buffer {
  const paths = resources
    .filter(({ verbs }) => verbs.includes("patch"))
    .map((resource) => message(2, namedPath(resource)));
  return Buffer.concat([
    text(1, "2.0"),
    message(2, Buffer.concat([text(1, "Kubernetes"), text(2, "v1.34.1")])),
    message(8, Buffer.concat(paths)),
  ]);
}

/** NamedPathItem: name, PathItem with a patch operation (field 8). */
function namedPath(resource: ServedResource): Buffer {
  const { group, version, plural, namespaced } = resource;
  const root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  const path = namespaced ? `${root}/namespaces/{namespace}/${plural}/{name}` : `${root}/${plural}/{name}`;
  return Buffer.concat([text(1, path), message(2, message(8, patchOperation(resource)))]);
}

/** Operation: parameters (field 8), vendor extensions (field 13) as YAML. */
function patchOperation({ group, version, kind }: ServedResource): Buffer {
  const parameters = ["dryRun", "fieldManager", "fieldValidation", "force"].map((name) =>
    message(8, queryParameter(name)),
  );
  const extension = (name: string, yaml: string): Buffer =>
    message(13, Buffer.concat([text(1, name), message(2, text(2, yaml))]));
  return Buffer.concat([
    ...parameters,
    extension("x-kubernetes-action", "patch\n"),
    extension(
      "x-kubernetes-group-version-kind",
      `group: ${JSON.stringify(group)}\nkind: ${kind}\nversion: ${version}\n`,
    ),
  ]);
}

/** ParametersItem > Parameter > NonBodyParameter > QueryParameterSubSchema: in, name, type. */
function queryParameter(name: string): Buffer {
  const schema = Buffer.concat([text(2, "query"), text(4, name), text(6, name === "force" ? "boolean" : "string")]);
  return message(1, message(2, message(3, schema)));
}

function text(field: number, value: string): Buffer {
  return message(field, Buffer.from(value));
}

/** A field of wire type 2: tag, length, bytes. */
function message(field: number, bytes: Buffer): Buffer {
  return Buffer.concat([varint(field * 8 + 2), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return Buffer.from([...bytes, rest]);
}
