import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Action, Plan } from "../execution/actions.ts";
import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from "../objects/types.ts";
import { NOW } from "../testing/world.ts";
import { type ClaimView, planClaim } from "./claim-plan.ts";
import { matchingVolume } from "./matching.ts";
import { planProtection } from "./protection.ts";
import { planVolume } from "./volume-plan.ts";

const GIB = 2 ** 30;
const local: StorageClass = {
  metadata: { name: "local", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
  provisioner: "keelson.dev/local",
  reclaimPolicy: "Delete",
  volumeBindingMode: "WaitForFirstConsumer",
  allowVolumeExpansion: true,
};
const node = { metadata: { name: "n1", labels: { "kubernetes.io/hostname": "n1" } } };

function claim(
  more: { spec?: object; annotations?: Record<string, string>; status?: object } = {},
): PersistentVolumeClaim {
  return {
    metadata: {
      name: "data",
      namespace: "ns",
      uid: "c-uid",
      ...(more.annotations === undefined ? {} : { annotations: more.annotations }),
    },
    spec: {
      storageClassName: "local",
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "1Gi" } },
      ...more.spec,
    },
    status: { phase: "Pending", ...more.status },
  };
}

function volume(
  name: string,
  storage: string,
  more: { spec?: object; status?: object; annotations?: Record<string, string> } = {},
): PersistentVolume {
  return {
    metadata: {
      name,
      uid: `uid-${name}`,
      ...(more.annotations === undefined ? {} : { annotations: more.annotations }),
    },
    spec: { storageClassName: "local", accessModes: ["ReadWriteOnce"], capacity: { storage }, ...more.spec },
    status: { phase: "Available", ...more.status },
  };
}

const plan = (each: PersistentVolumeClaim, more: Partial<ClaimView> = {}): Plan =>
  planClaim({
    claim: each,
    volumes: new Map(),
    classes: new Map([["local", local]]),
    nodes: new Map([["n1", node]]),
    freeBytes: 10 * GIB,
    volumesDir: "/data/volumes",
    now: NOW,
    ...more,
  });
const words = ({ actions }: Plan) =>
  actions.map((a) => (a.type === "event" ? `${a.reason}: ${a.message}` : "kind" in a ? `${a.type} ${a.kind}` : a.type));
const selected = { "volume.kubernetes.io/selected-node": "n1" };
const find = <T extends Action["type"]>({ actions }: Plan, type: T) =>
  actions.find((action): action is Extract<Action, { type: T }> => action.type === type);

describe("claims", () => {
  test("without a class get the default; without a consumer wait", () => {
    const { storageClassName: _, ...spec } = claim().spec ?? {};
    assert.deepEqual(words(plan({ ...claim(), spec })), ["patch PersistentVolumeClaim"]);
    assert.deepEqual(words(plan(claim())), [
      "WaitForFirstConsumer: waiting for first consumer to be created before binding",
    ]);
  });

  test("with a node get a folder and a volume tied to it, named by the claim's uid", () => {
    const made = plan(claim({ annotations: selected }));
    assert.deepEqual(words(made), ["makeDirectory", "create PersistentVolume"]);
    assert.equal(find(made, "makeDirectory")?.path, "/data/volumes/pvc-c-uid");
    const pv = find(made, "create")?.object as PersistentVolume;
    assert.equal(pv.metadata.name, "pvc-c-uid");
    assert.deepEqual(pv.spec?.nodeAffinity?.required?.nodeSelectorTerms[0]?.matchExpressions?.[0]?.values, ["n1"]);
    assert.equal(pv.spec?.claimRef?.uid, "c-uid");
  });

  test("are refused with a reason: no room, no such class, block mode", () => {
    const full = plan(claim({ annotations: selected }), { freeBytes: GIB / 2 });
    assert.deepEqual(words(full), ["ProvisioningFailed: no room: 1Gi wanted, 512Mi free on the disk of /data/volumes"]);
    assert.ok((full.requeueAfterMs ?? 0) > 0, "room comes back without an event");
    assert.deepEqual(words(plan(claim({ spec: { storageClassName: "gone" } }))), [
      'ProvisioningFailed: storageclass.storage.k8s.io "gone" not found',
    ]);
    assert.match(
      words(plan(claim({ annotations: selected, spec: { volumeMode: "Block" } }))).join(),
      /volumeMode to Filesystem/,
    );
    assert.deepEqual(
      words(plan(claim({ annotations: { "volume.kubernetes.io/selected-node": "gone" } }))),
      ["patch PersistentVolumeClaim"],
      "a lost node is forgotten",
    );
  });

  test("take the smallest free volume that fits, and only theirs when one is kept for them", () => {
    const volumes = [
      volume("big", "5Gi"),
      volume("fit", "2Gi"),
      volume("small", "512Mi"),
      volume("taken", "1Gi", { spec: { claimRef: { namespace: "ns", name: "x", uid: "y" } } }),
    ];
    assert.equal(matchingVolume(claim(), volumes, undefined)?.metadata.name, "fit");
    const kept = volume("kept", "9Gi", { spec: { claimRef: { namespace: "ns", name: "data" } } });
    assert.equal(matchingVolume(claim(), [...volumes, kept], undefined)?.metadata.name, "kept");
    const bound = plan(claim(), { volumes: new Map([["kept", kept]]) });
    assert.deepEqual(
      words(bound),
      ["patch PersistentVolume", "patch PersistentVolumeClaim"],
      "the volume is given before the claim is",
    );
  });

  const boundClaim = (storage: string, capacity: string) =>
    claim({
      annotations: { "pv.kubernetes.io/bind-completed": "yes" },
      spec: { volumeName: "pv", resources: { requests: { storage } } },
      status: { phase: "Bound", capacity: { storage: capacity } },
    });
  const ours = (storage: string) =>
    volume("pv", storage, {
      spec: { claimRef: { namespace: "ns", name: "data", uid: "c-uid" } },
      annotations: { "pv.kubernetes.io/provisioned-by": "keelson.dev/local" },
    });

  test("grow in steps, each seen before the next", () => {
    assert.deepEqual(words(plan(boundClaim("1Gi", "1Gi"), { volumes: new Map([["pv", ours("1Gi")]]) })), [], "settled");
    assert.deepEqual(words(plan(boundClaim("2Gi", "1Gi"), { volumes: new Map([["pv", ours("1Gi")]]) })), [
      "patch PersistentVolumeClaim",
      "patch PersistentVolume",
    ]);
    assert.deepEqual(words(plan(boundClaim("2Gi", "1Gi"), { volumes: new Map([["pv", ours("2Gi")]]) })), [
      "status PersistentVolumeClaim",
      "FileSystemResizeSuccessful: Resize of the volume succeeded",
    ]);
    assert.match(
      words(plan(boundClaim("20Gi", "1Gi"), { volumes: new Map([["pv", ours("1Gi")]]) })).join(),
      /no room: 19456Mi more wanted/,
    );
    const rigid = new Map([["local", { ...local, allowVolumeExpansion: false }]]);
    assert.match(
      words(plan(boundClaim("2Gi", "1Gi"), { volumes: new Map([["pv", ours("1Gi")]]), classes: rigid })).join(),
      /does not allow volume expansion/,
    );
  });

  test("whose volume is gone are lost, and say so once", () => {
    assert.deepEqual(words(plan(boundClaim("1Gi", "1Gi"))).length, 2);
    const lost = { ...boundClaim("1Gi", "1Gi"), status: { phase: "Lost" } };
    assert.deepEqual(words(plan(lost)), []);
  });

  test("stay while a scheduled pod uses them", () => {
    const leaving: PersistentVolumeClaim = {
      ...claim(),
      metadata: { ...claim().metadata, deletionTimestamp: "t", finalizers: ["kubernetes.io/pvc-protection"] },
    };
    const user = {
      metadata: { name: "p" },
      spec: { containers: [], nodeName: "n1", volumes: [{ name: "d", persistentVolumeClaim: { claimName: "data" } }] },
    };
    assert.deepEqual(planProtection(leaving, [user]), []);
    assert.equal(planProtection(leaving, []).length, 1);
  });
});

describe("volumes", () => {
  const path = "/data/volumes/pvc-1";
  const released = (more: object = {}): PersistentVolume =>
    volume("pvc-1", "1Gi", {
      spec: {
        local: { path },
        persistentVolumeReclaimPolicy: "Delete",
        claimRef: { namespace: "ns", name: "data", uid: "old" },
        ...more,
      },
      status: { phase: "Released" },
      annotations: { "pv.kubernetes.io/provisioned-by": "keelson.dev/local" },
    });
  const view = (each: PersistentVolume, of?: PersistentVolumeClaim) =>
    planVolume({ volume: each, claim: of, volumesDir: "/data/volumes" });

  test("of a claim that is gone: data is removed first, and only when the API server confirms it", () => {
    const gone = view(released());
    assert.deepEqual(words(gone), ["removeDirectory", "delete PersistentVolume"]);
    assert.deepEqual(find(gone, "removeDirectory")?.onlyWithout, {
      kind: "PersistentVolumeClaim",
      ref: { namespace: "ns", name: "data" },
      uid: "old",
    });
  });

  test("data stays: while the claim lives, with policy Retain, of foreign volumes, and of paths that are not ours", () => {
    assert.ok(
      !words(
        view(released(), {
          ...claim({ spec: { volumeName: "pvc-1" } }),
          metadata: { name: "data", namespace: "ns", uid: "old" },
        }),
      ).includes("removeDirectory"),
    );
    assert.deepEqual(words(view(released({ persistentVolumeReclaimPolicy: "Retain" }))), []);
    assert.deepEqual(words(view({ ...released(), metadata: { name: "pvc-1" } })), []);
    assert.ok(!words(view(released({ local: { path: "/etc" } }))).includes("removeDirectory"));
  });
});
