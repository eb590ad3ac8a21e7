/** `serviceaccounts/NAME/token`: a signed token for an account, bound to a pod where the request says so. */

import { nodeOf } from "../admission/node-restriction.ts";
import type { BoundObject, TokenSubject } from "../auth/tokens.ts";
import { badRequest, conflict, forbidden, invalid, notFound } from "../errors.ts";
import { storageKey } from "../storage/stored.ts";
import { isObject, type JsonObject, numberAt, objectAt, stringAt } from "../types.ts";
import { type ResourceRequest, timestamp } from "../verbs/context.ts";
import { sendObject } from "../verbs/respond-object.ts";
import { readBodyOf } from "./body.ts";

const minSeconds = 600;
const maxSeconds = 2 ** 32;
const defaultSeconds = 3_600;
/** What the automatic mounts ask for: old clients read their token once, so it lives a year and is rotated hourly. */
const mountedSeconds = 3_607;
const yearSeconds = 365 * 24 * 3_600;

export async function createToken(request: ResourceRequest): Promise<void> {
  const { resource, info, platform } = request;
  const body = await readBodyOf(request, "authentication.k8s.io", "v1", "TokenRequest");
  const account = platform.store.get(resource.collection, storageKey(info.namespace, info.name))?.object;
  if (account === undefined) throw notFound(resource, info.name);
  const spec = objectAt(body, "spec") ?? {};
  const asked = Array.isArray(spec["audiences"]) ? spec["audiences"].map(String) : [];
  const audiences = asked.length > 0 ? asked : platform.authenticator.audiences;
  const seconds = numberAt(spec, "expirationSeconds") ?? defaultSeconds;
  checkSeconds(seconds);

  const bound = boundObject(request, spec);
  const restricted = nodeOf(request.user);
  if (restricted !== undefined && bound?.node?.name !== restricted) {
    throw forbidden(
      resource,
      info.name,
      `node ${JSON.stringify(restricted)} can only request tokens bound to its own pods`,
    );
  }
  const subject: TokenSubject = {
    namespace: info.namespace,
    serviceAccount: { name: info.name, uid: account.metadata.uid ?? "" },
    ...bound,
  };
  const isMounted = seconds === mountedSeconds && bound?.bound?.kind === "Pod" && asked.length === 0;
  const now = platform.now();
  const token = await platform.authenticator.tokens.sign(subject, audiences, isMounted ? yearSeconds : seconds, now);
  await sendObject(request, 201, {
    kind: "TokenRequest",
    apiVersion: "authentication.k8s.io/v1",
    metadata: { name: info.name, namespace: info.namespace, creationTimestamp: timestamp(now) },
    spec: { audiences, expirationSeconds: seconds, boundObjectRef: spec["boundObjectRef"] ?? null },
    status: { token: token.token, expirationTimestamp: timestamp(new Date(now.getTime() + seconds * 1_000)) },
  });
}

function checkSeconds(seconds: number): void {
  const kind = { group: "authentication.k8s.io", kind: "TokenRequest" };
  const problem = (detail: string): Error =>
    invalid(kind, "", [{ type: "FieldValueInvalid", field: "spec.expirationSeconds", badValue: seconds, detail }]);
  if (seconds < minSeconds) throw problem("may not specify a duration less than 10 minutes");
  if (seconds > maxSeconds) throw problem("may not specify a duration larger than 2^32 seconds");
}

function boundObject(request: ResourceRequest, spec: JsonObject): Pick<TokenSubject, "bound" | "node"> | undefined {
  const reference = spec["boundObjectRef"];
  if (!isObject(reference)) return undefined;
  const { info, platform } = request;
  const kind = stringAt(reference, "kind") ?? "";
  const name = stringAt(reference, "name") ?? "";
  if (kind !== "Pod" && kind !== "Secret" && kind !== "Node")
    throw badRequest(`cannot bind token for serviceaccount ${info.name} to object of kind ${kind}`);
  const target = platform.registry.builtin("", `${kind.toLowerCase()}s`);
  const key = kind === "Node" ? name : storageKey(info.namespace, name);
  const object = platform.store.get(target.collection, key)?.object;
  if (object === undefined) throw notFound(target, name);
  const uid = stringAt(reference, "uid") ?? "";
  if (uid !== "" && uid !== object.metadata.uid) {
    throw conflict(
      target,
      name,
      `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  }
  if (kind === "Pod" && stringAt(object.spec, "serviceAccountName") !== info.name) {
    throw badRequest(
      `cannot bind token for serviceaccount ${JSON.stringify(info.name)} to pod running with different serviceaccount name.`,
    );
  }
  const bound: BoundObject = { kind, name, uid: object.metadata.uid ?? "" };
  const nodeName = kind === "Pod" ? (stringAt(object.spec, "nodeName") ?? "") : "";
  const node = nodeName === "" ? undefined : platform.store.get("nodes", nodeName)?.object;
  return { bound, ...(nodeName !== "" && { node: { name: nodeName, uid: node?.metadata.uid ?? "" } }) };
}
