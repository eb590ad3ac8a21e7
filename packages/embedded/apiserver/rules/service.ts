/** Services, Endpoints and EndpointSlices. */
import { defaultEndpointSlice, defaultEndpoints } from "../defaults/others.ts";
import { defaultService } from "../defaults/service.ts";
import type { Rules } from "../registry/resource.ts";
import { stringAt } from "../types.ts";
import { endpointSliceProblems, endpointSliceUpdateProblems, endpointsProblems } from "../validation/endpoints.ts";
import { dns1035LabelProblem } from "../validation/names.ts";
import { serviceProblems, serviceUpdateProblems } from "../validation/service.ts";

export const serviceRules: Rules = {
  nameProblem: dns1035LabelProblem,
  defaults: defaultService,
  initialStatus: () => ({ loadBalancer: {} }),
  allowCreateOnUpdate: true,
  validate: serviceProblems,
  validateUpdate: serviceUpdateProblems,
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
