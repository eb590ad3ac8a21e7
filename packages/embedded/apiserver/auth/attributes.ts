/** What authorisation decides on. */
import type { RequestInfo } from "../http/request-info.ts";
import type { User } from "../types.ts";

export interface Attributes {
  readonly user: User;
  readonly verb: string;
  readonly isResource: boolean;
  readonly group: string;
  readonly version?: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly path: string;
}

export function attributesOf(info: RequestInfo, user: User): Attributes {
  const { verb, isResource, group, version, resource, subresource, namespace, name, path } = info;
  return { user, verb, isResource, group, version, resource, subresource, namespace, name, path };
}

export interface Decision {
  readonly allowed: boolean;
  readonly reason: string;
}

/** The sentence of a 403, as Kubernetes says it. */
export function refusal({ user, verb, isResource, group, resource, subresource, namespace, path }: Attributes): string {
  const who = `User ${JSON.stringify(user.name)}`;
  if (!isResource) return `${who} cannot ${verb} path ${JSON.stringify(path)}`;
  const what = subresource === "" ? resource : `${resource}/${subresource}`;
  const where = namespace === "" ? "at the cluster scope" : `in the namespace ${JSON.stringify(namespace)}`;
  return `${who} cannot ${verb} resource ${JSON.stringify(what)} in API group ${JSON.stringify(group)} ${where}`;
}
