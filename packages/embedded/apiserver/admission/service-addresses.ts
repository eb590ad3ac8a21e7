/** Services get their addresses and node ports in the same turn in which they are stored: no two get the same. */

import type { AddressRange } from "../services/address-range.ts";
import { allocate, inUse, keepAllocated } from "../services/allocation.ts";
import type { AdmissionStep, Admitted } from "./admission.ts";

export function serviceAddresses(range: AddressRange): AdmissionStep {
  return {
    name: "ServiceAddresses",
    mutate({ request, object, old, operation }: Admitted): void {
      if (request.resource.collection !== "services" || object === undefined || operation === "DELETE") return;
      if (request.info.subresource !== "") return;
      if (old !== undefined) keepAllocated(object, old);
      const others = [...request.platform.store.latestOf("services")].map((stored) => stored.object);
      allocate(request.resource, object, range, inUse(others, old?.metadata.uid), Math.random);
    },
  };
}
