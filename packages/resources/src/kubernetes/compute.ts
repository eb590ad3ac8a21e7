/** What a container may use of the machine. */
import type { Static } from "typebox";
import { field, map, mapList, named, object, optional, quantity, string } from "../schema/builders.ts";

const resourceClaim = object({ name: string(), request: optional(string()) });

/** Requests and limits of a container: cpu, memory, huge pages, devices. */
export const resourceRequirements = named(
  "ResourceRequirements",
  object({
    claims: optional(mapList(resourceClaim)),
    limits: optional(map(quantity())),
    requests: optional(map(quantity())),
  }),
);
export interface ResourceRequirements extends Static<typeof resourceRequirements> {}

/** A container of which only the resources can be set. */
export const containerResources = object({
  resources: field(resourceRequirements, "Requests and limits of the container."),
});
