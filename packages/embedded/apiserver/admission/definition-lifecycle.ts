/** Nothing is created of a kind that goes away: its definition would wait for it for ever. */
import { crdCollection } from "../crd/condition.ts";
import { StatusError } from "../errors.ts";
import type { AdmissionStep } from "./admission.ts";

export const definitionLifecycle: AdmissionStep = {
  name: "CustomResourceDefinitionLifecycle",
  mutate({ request, operation }): void {
    const { resource, platform } = request;
    if (operation !== "CREATE" || !resource.isCustom) return;
    const definition = platform.store.latest(crdCollection, `${resource.plural}.${resource.group}`);
    if (definition?.object.metadata.deletionTimestamp === undefined) return;
    const message = "create not allowed while custom resource definition is terminating";
    throw new StatusError(405, "MethodNotAllowed", message, { group: resource.group, kind: resource.plural });
  },
};
