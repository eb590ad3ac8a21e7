/** The body of a DELETE request. */
import type * as k8s from "kubernetes-types/meta/v1.js";
import type { DeleteOptions } from "./options.ts";

/** Only what was asked for is sent: an empty body means the kind's own defaults. */
export function deleteBody(options: Omit<DeleteOptions, "signal" | "timeoutMs">): k8s.DeleteOptions {
  const { propagationPolicy, gracePeriodSeconds, uid, resourceVersion, dryRun } = options;
  return {
    apiVersion: "v1",
    kind: "DeleteOptions",
    ...(propagationPolicy === undefined ? {} : { propagationPolicy }),
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    ...(dryRun === true ? { dryRun: ["All"] } : {}),
    ...(uid === undefined && resourceVersion === undefined
      ? {}
      : {
          preconditions: {
            ...(uid === undefined ? {} : { uid }),
            ...(resourceVersion === undefined ? {} : { resourceVersion }),
          },
        }),
  };
}
