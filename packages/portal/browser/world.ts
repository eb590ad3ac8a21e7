/** What is in Kubernetes, for tests that check what a click did. */

import { perconaPGClusters, perconaPGRestores } from "@keelson/resources";
import type { Stage } from "@keelson/server/testing";

export const clusterOf = (stage: Stage, namespace: string, name: string) =>
  stage.admin.get(perconaPGClusters, { namespace, name });

export const switchoverOf = async (stage: Stage, namespace: string, name: string) =>
  (await clusterOf(stage, namespace, name))?.spec.patroni?.switchover;

/** Adds a user; its Secret is the operator's to make. */
export const addUser = async (stage: Stage, namespace: string, name: string, user: string) => {
  const users = [{ name }, { name: user, databases: [name] }];
  await stage.admin.patch(perconaPGClusters, { namespace, name }, { type: "merge", body: { spec: { users } } });
};

export const deleteRestore = (stage: Stage, namespace: string, name: string) =>
  stage.admin.delete(perconaPGRestores, { namespace, name });

export const restoresOf = async (stage: Stage, namespace: string) =>
  (await stage.admin.list(perconaPGRestores, { namespace })).items;
