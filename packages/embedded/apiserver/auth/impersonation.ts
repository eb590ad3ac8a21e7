/** `kubectl --as`: a user who may, acts as another. */
import type { IncomingMessage } from "node:http";
import { badRequest } from "../errors.ts";
import type { User } from "../types.ts";
import type { Attributes } from "./attributes.ts";
import type { Authorizer } from "./rbac.ts";
import { requireAllowed } from "./require-allowed.ts";

const accountName = /^system:serviceaccount:([^:]+):([^:]+)$/;
const extraPrefix = "impersonate-extra-";

function list(value: string | string[] | undefined): string[] {
  return value === undefined ? [] : [value].flat();
}

/** The user to act as: the real one, or the one in the impersonation headers when that is allowed. */
export function impersonate(request: IncomingMessage, real: User, authorizer: Authorizer): User {
  const name = list(request.headers["impersonate-user"])[0] ?? "";
  const groups = request.headersDistinct["impersonate-group"] ?? [];
  const extra = Object.entries(request.headersDistinct).filter(([header]) => header.startsWith(extraPrefix));
  const uid = list(request.headers["impersonate-uid"])[0];
  if (name === "") {
    if (groups.length === 0 && extra.length === 0 && uid === undefined) return real;
    throw badRequest("requested impersonation without impersonating a user");
  }
  const require = (attributes: Partial<Attributes>): void => requireAllowed(authorizer, mayActAs(real, attributes));
  const [, namespace, account] = accountName.exec(name) ?? [];
  if (namespace === undefined || account === undefined) require({ resource: "users", name });
  else require({ resource: "serviceaccounts", namespace, name: account });
  for (const group of groups) require({ resource: "groups", name: group });
  if (uid !== undefined) require({ group: "authentication.k8s.io", resource: "uids", name: uid });
  for (const [header, values = []] of extra) {
    const key = decodeURIComponent(header.slice(extraPrefix.length));
    for (const value of values)
      require({ group: "authentication.k8s.io", resource: "userextras", subresource: key, name: value });
  }
  const implied = account === undefined ? [] : ["system:serviceaccounts", `system:serviceaccounts:${namespace}`];
  const own = groups.length > 0 ? groups : implied;
  return {
    name,
    groups: name === "system:anonymous" ? own : [...new Set([...own, "system:authenticated"])],
    ...(uid !== undefined && { uid }),
    ...(extra.length > 0 && {
      extra: Object.fromEntries(
        extra.map(([header, values = []]) => [decodeURIComponent(header.slice(extraPrefix.length)), values]),
      ),
    }),
  };
}

function mayActAs(user: User, wanted: Partial<Attributes>): Attributes {
  return {
    user,
    verb: "impersonate",
    isResource: true,
    group: "",
    resource: "",
    subresource: "",
    namespace: "",
    name: "",
    path: "",
    ...wanted,
  };
}
