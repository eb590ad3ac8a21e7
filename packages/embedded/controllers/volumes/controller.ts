/** Runs claims and volumes: binding, the local provisioner, expansion, protection, reclaiming. */
import { statfs } from "node:fs/promises";
import { join } from "node:path";
import { keyOf, kinds, mapped, own } from "@keelson/kube";
import { isAlreadyExists } from "../execution/api-answers.ts";
import { plannedController } from "../execution/planned-controller.ts";
import type { Part, Runtime } from "../runtime.ts";
import { planClaim } from "./claim-plan.ts";
import { DEFAULT_CLASS, IS_DEFAULT, PROVISIONER } from "./names.ts";
import { claimNames, ephemeralClaims, planProtection } from "./protection.ts";
import { planVolume } from "./volume-plan.ts";

/** The controllers; start each with `run`. */
export function volumeControllers(runtime: Runtime): readonly Part[] {
  const { cache, now, settings } = runtime;
  const claims = cache.informer(kinds.PersistentVolumeClaim);
  const volumes = cache.informer(kinds.PersistentVolume);
  const classes = cache.informer(kinds.StorageClass);
  const nodes = cache.informer(kinds.Node);
  const pods = cache.informer(kinds.Pod);
  const volumesDir = join(settings.dataDir, "volumes");
  const pending = () =>
    claims
      .list()
      .filter((claim) => claim.status?.phase !== "Bound")
      .map(keyOf);

  const claimController = plannedController(
    {
      name: "persistentvolume-claim",
      sources: [
        own(claims),
        mapped(volumes, ({ object }) => {
          const { claimRef } = object.spec ?? {};
          return claimRef === undefined
            ? pending()
            : [keyOf({ namespace: claimRef.namespace, name: claimRef.name ?? "" })];
        }),
        mapped(classes, pending),
        mapped(nodes, pending, { when: ({ type }) => type === "deleted" }),
      ],
      plan: async (key) => {
        const claim = claims.get(key);
        if (claim === undefined) return undefined;
        return planClaim({
          claim,
          volumes: new Map(volumes.list().map((volume) => [volume.metadata.name, volume])),
          classes: new Map(classes.list().map((each) => [each.metadata.name, each])),
          nodes: new Map(nodes.list().map((node) => [node.metadata.name, node])),
          freeBytes: await freeBytes(settings.dataDir),
          volumesDir,
          now: now(),
        });
      },
    },
    runtime,
  );

  const volumeController = plannedController(
    {
      name: "persistentvolume",
      sources: [
        own(volumes),
        mapped(claims, ({ object }) => (object.spec?.volumeName === undefined ? [] : [object.spec.volumeName])),
        mapped(claims, ({ object }) => [`pvc-${object.metadata.uid}`], { when: ({ type }) => type === "deleted" }),
      ],
      plan: (name) => {
        const volume = volumes.get(name);
        if (volume === undefined) return undefined;
        const { claimRef } = volume.spec ?? {};
        const claim = claimRef && claims.get({ namespace: claimRef.namespace, name: claimRef.name ?? "" });
        return planVolume({ volume, claim, volumesDir });
      },
    },
    runtime,
  );

  const protection = plannedController(
    {
      name: "pvc-protection",
      sources: [
        own(claims, { when: ({ type }) => type !== "deleted" }),
        mapped(
          pods,
          ({ object }) => claimNames(object).map((name) => keyOf({ namespace: object.metadata.namespace, name })),
          {
            when: ({ type }) => type === "deleted",
          },
        ),
      ],
      plan: (key) => {
        const claim = claims.get(key);
        return claim && { actions: planProtection(claim, pods.list(claim.metadata.namespace)) };
      },
    },
    runtime,
  );

  const ephemeral = plannedController(
    {
      name: "ephemeral-volume",
      sources: [
        own(pods, {
          when: ({ type, object }) =>
            type === "added" && object.spec?.volumes?.some((v) => v.ephemeral !== undefined) === true,
        }),
      ],
      plan: (key) => {
        const pod = pods.get(key);
        if (pod === undefined) return undefined;
        const { namespace } = pod.metadata;
        return { actions: ephemeralClaims(pod, (name) => claims.get({ namespace, name }) !== undefined) };
      },
    },
    runtime,
  );
  return [claimController, volumeController, protection, ephemeral, defaultClassPart(runtime)];
}

/** Makes the default class once; who deletes or changes it afterwards has their reasons, until the next start. */
function defaultClassPart({ client, cache, logger }: Runtime): Part {
  return {
    name: "storage-class",
    run: async (signal) => {
      const classes = cache.informer(kinds.StorageClass);
      await classes.synced(signal);
      if (classes.get({ name: DEFAULT_CLASS }) !== undefined) return;
      try {
        await client.create(
          kinds.StorageClass,
          {
            metadata: { name: DEFAULT_CLASS, annotations: { [IS_DEFAULT]: "true" } },
            provisioner: PROVISIONER,
            reclaimPolicy: "Delete",
            volumeBindingMode: "WaitForFirstConsumer",
            allowVolumeExpansion: true,
          },
          { signal },
        );
      } catch (err) {
        if (!isAlreadyExists(err) && !signal.aborted) logger.error({ err }, "default storage class could not be made");
      }
    },
  };
}

/** Free bytes for an ordinary user on the disk of the folder; unknown counts as plenty. */
async function freeBytes(dir: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(dir);
    return bavail * bsize;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
