/** Nothing is created in a namespace that is missing or going away; the system's namespaces stay. */
import { forbidden, notFound, StatusError } from "../errors.ts";
import type { AdmissionStep, Admitted } from "./admission.ts";

const permanent = new Set(["default", "kube-system", "kube-public"]);

export const namespaceLifecycle: AdmissionStep = {
  name: "NamespaceLifecycle",
  mutate: requireNamespace,
  validate: keepSystemNamespaces,
};

function requireNamespace({ request, operation, object }: Admitted): void {
  const { resource, info, platform } = request;
  if (operation !== "CREATE" || !resource.namespaced) return;
  const namespaces = platform.registry.builtin("", "namespaces");
  const namespace = platform.store.latest(namespaces.collection, info.namespace);
  if (namespace === undefined) throw notFound(namespaces, info.namespace);
  if (namespace.object.metadata.deletionTimestamp === undefined) return;
  const why = `unable to create new content in namespace ${info.namespace} because it is being terminated`;
  const error = forbidden(resource, object?.metadata.name ?? "", why);
  throw new StatusError(403, "Forbidden", error.message, {
    ...error.details,
    causes: [
      {
        reason: "NamespaceTerminating",
        message: `namespace ${info.namespace} is being terminated`,
        field: "metadata.namespace",
      },
    ],
  });
}

function keepSystemNamespaces({ request, operation, old }: Admitted): void {
  if (operation !== "DELETE" || request.resource.collection !== "namespaces") return;
  const name = old?.metadata.name ?? "";
  if (permanent.has(name)) throw forbidden(request.resource, name, "this namespace may not be deleted");
}
