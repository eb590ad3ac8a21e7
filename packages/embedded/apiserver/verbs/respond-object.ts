/** One object as an answer: as it is, as a Table of one row, or its metadata. */
import { negotiate } from "../http/negotiate.ts";
import { sendBytes, sendJson } from "../http/respond.ts";
import { yamlOf } from "../http/yaml.ts";
import { wireBytes, wireObject } from "../registry/codec.ts";
import type { Stored } from "../storage/stored.ts";
import { partialMetadata } from "../tables/partial-metadata.ts";
import { tableOf } from "../tables/table.ts";
import type { KubeObject } from "../types.ts";
import type { ResourceRequest } from "./context.ts";

export async function sendStored(request: ResourceRequest, code: number, stored: Stored): Promise<void> {
  const accepted = negotiate(request.exchange.request.headers.accept);
  if (accepted.as === undefined && accepted.type === "json") {
    sendBytes(request.exchange, code, "application/json", wireBytes(request.resource, stored));
    return;
  }
  await sendObject(request, code, wireObject(request.resource, stored));
}

/** Sends an object that is not stored, or not as it is. */
export async function sendObject(request: ResourceRequest, code: number, object: KubeObject): Promise<void> {
  const { exchange, resource, info, platform } = request;
  const accepted = negotiate(exchange.request.headers.accept);
  if (accepted.as === "Table" && object.kind === resource.kind) {
    const metadata = { resourceVersion: object.metadata.resourceVersion };
    sendJson(
      exchange,
      code,
      tableOf(resource, [object], metadata, info.query.get("includeObject"), platform.now(), accepted.version),
    );
  } else if (accepted.as === "PartialObjectMetadata") {
    sendJson(exchange, code, partialMetadata(object, accepted.version));
  } else if (accepted.type === "yaml") {
    sendBytes(exchange, code, "application/yaml", await yamlOf([Buffer.from(JSON.stringify(object))]));
  } else sendJson(exchange, code, object);
}
