/** All admission steps in the order in which they run. */
import type { AdmissionStep } from "./admission.ts";
import { namespaceLifecycle } from "./namespace-lifecycle.ts";

export const admissionSteps: readonly AdmissionStep[] = [namespaceLifecycle];
