/** Events: selected by what they are about. */
import type { Rules } from "../registry/resource.ts";
import { type KubeObject, objectAt, stringAt } from "../types.ts";

const about =
  (field: string) =>
  (event: KubeObject): string =>
    stringAt(objectAt(event, "involvedObject"), field) ?? "";

export const eventRules: Rules = {
  selectable: {
    "involvedObject.kind": about("kind"),
    "involvedObject.namespace": about("namespace"),
    "involvedObject.name": about("name"),
    "involvedObject.uid": about("uid"),
    "involvedObject.apiVersion": about("apiVersion"),
    "involvedObject.resourceVersion": about("resourceVersion"),
    "involvedObject.fieldPath": about("fieldPath"),
    "regarding.kind": about("kind"),
    "regarding.namespace": about("namespace"),
    "regarding.name": about("name"),
    "regarding.uid": about("uid"),
    "regarding.apiVersion": about("apiVersion"),
    "regarding.resourceVersion": about("resourceVersion"),
    "regarding.fieldPath": about("fieldPath"),
    reason: (event) => stringAt(event, "reason") ?? "",
    reportingComponent: (event) =>
      stringAt(event, "reportingComponent") || (stringAt(objectAt(event, "source"), "component") ?? ""),
    reportingController: (event) =>
      stringAt(event, "reportingComponent") || (stringAt(objectAt(event, "source"), "component") ?? ""),
    source: (event) =>
      stringAt(objectAt(event, "source"), "component") || (stringAt(event, "reportingComponent") ?? ""),
    type: (event) => stringAt(event, "type") ?? "",
  },
};
