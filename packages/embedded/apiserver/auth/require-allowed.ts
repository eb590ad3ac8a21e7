/** The 403 of a request that its user may not make. */
import { forbidden, StatusError } from "../errors.ts";
import { type Attributes, refusal } from "./attributes.ts";
import type { Authorizer } from "./rbac.ts";

/** Throws, in Kubernetes' words, unless RBAC allows it. */
export function requireAllowed(authorizer: Authorizer, attributes: Attributes): void {
  const decision = authorizer.authorize(attributes);
  if (decision.allowed) return;
  if (!attributes.isResource) throw new StatusError(403, "Forbidden", `forbidden: ${refusal(attributes)}`, {});
  const why = decision.reason === "" ? refusal(attributes) : `${refusal(attributes)}: ${decision.reason}`;
  throw forbidden({ group: attributes.group, plural: attributes.resource }, attributes.name, why);
}
