/** What is in Kubernetes, for tests that check what a click did. */

import { perconaPGClusters, perconaPGRestores } from "@keelson/resources";
import type { Stage } from "@keelson/server/testing";

export const clusterOf = (stage: Stage, namespace: string, name: string) =>
  stage.admin.get(perconaPGClusters, { namespace, name });

export const switchoverOf = async (stage: Stage, namespace: string, name: string) =>
  (await clusterOf(stage, namespace, name))?.spec.patroni?.switchover;

export const restoresOf = async (stage: Stage, namespace: string) =>
  (await stage.admin.list(perconaPGRestores, { namespace })).items;
