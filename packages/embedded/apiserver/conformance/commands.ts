/** What people do with kubectl. Each command must end alike on our server and on Kubernetes. */
import { clusterScenarios } from "./cluster-scenarios.ts";
import type { Scenario } from "./scenario.ts";
import { serviceScenarios } from "./service-scenarios.ts";
import { workloadScenarios } from "./workload-scenarios.ts";

export type { Scenario } from "./scenario.ts";

export const scenarios: readonly Scenario[] = [...workloadScenarios, ...serviceScenarios, ...clusterScenarios];
