/** Services, Endpoints and EndpointSlices. */
import { defaultEndpointSlice, defaultEndpoints } from "../defaults/others.ts";
import { defaultService } from "../defaults/service.ts";
import type { Rules } from "../registry/resource.ts";
import { type KubeObject, objectAt, stringAt } from "../types.ts";
import { endpointSliceProblems, endpointSliceUpdateProblems, endpointsProblems } from "../validation/endpoints.ts";
import { dns1035LabelProblem } from "../validation/names.ts";
import { serviceProblems, serviceUpdateProblems } from "../validation/service.ts";

function serviceWarnings(service: KubeObject): string[] {
  if (stringAt(service.spec, "clusterIP") !== "None") return [];
  const ignored: string[] = [];
  if ((stringAt(service.spec, "loadBalancerIP") ?? "") !== "")
    ignored.push("spec.loadBalancerIP is ignored for headless services");
  if (Array.isArray(objectAt(service, "spec")?.["externalIPs"]))
    ignored.push('spec.externalIPs is ignored when spec.clusterIP is "None"');
  if ((stringAt(service.spec, "sessionAffinity") ?? "") !== "")
    ignored.push("spec.SessionAffinity is ignored for headless services");
  return ignored;
}

export const serviceRules: Rules = {
  nameProblem: dns1035LabelProblem,
  defaults: defaultService,
  initialStatus: () => ({ loadBalancer: {} }),
  allowCreateOnUpdate: true,
  validate: serviceProblems,
  validateUpdate: serviceUpdateProblems,
  warnings: serviceWarnings,
  selectable: {
    "spec.clusterIP": (service) => stringAt(service.spec, "clusterIP") ?? "",
    "spec.type": (service) => stringAt(service.spec, "type") ?? "",
  },
};

export const endpointsRules: Rules = {
  defaults: defaultEndpoints,
  allowCreateOnUpdate: true,
  validate: endpointsProblems,
};

export const endpointSliceRules: Rules = {
  generation: true,
  defaults: defaultEndpointSlice,
  validate: endpointSliceProblems,
  validateUpdate: endpointSliceUpdateProblems,
};
