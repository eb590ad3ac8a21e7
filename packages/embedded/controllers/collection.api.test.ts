/** Ends of things: garbage collection by owners, and namespaces. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { kinds } from "@keelson/kube";
import { apiServerMissing, until } from "@keelson/kube/testing";
import { deployment, statefulSet } from "./testing/manifests.ts";
import { eventually, findKubectl, type Stage, startStage } from "./testing/stage.ts";

const noKubectl = findKubectl() === undefined ? "no kubectl" : undefined;

for (const real of [false, true]) {
  describe(real ? "kube-apiserver" : "our API server", { skip: noKubectl ?? apiServerMissing({ real }) }, () => {
    let stage: Stage;
    before(async () => {
      stage = await startStage({ real });
    });
    after(() => stage.stop());

    const podNames = async (namespace: string) =>
      (await stage.client.list(kinds.Pod, { namespace })).items.map(({ metadata }) => metadata.name);
    const rollout = (namespace: string, what: string) =>
      stage.kubectl("-n", namespace, "rollout", "status", what, "--timeout=20s");

    test("cascade=background, foreground and orphan do what they say; orphans are adopted again", async () => {
      const namespace = await stage.namespace("gc");
      const k = (...args: string[]) => stage.kubectl("-n", namespace, ...args);
      const web = deployment({ namespace, name: "web" });
      await stage.apply(web);
      await rollout(namespace, "deployment/web");
      const uids = async () =>
        (await stage.client.list(kinds.Pod, { namespace })).items.map(({ metadata }) => metadata.uid).sort();
      const pods = await uids();

      await k("delete", "deployment/web", "--cascade=orphan", "--timeout=20s");
      const [set] = (await stage.client.list(kinds.ReplicaSet, { namespace })).items;
      assert.equal(set?.metadata.ownerReferences, undefined);
      assert.deepEqual(await uids(), pods);
      await stage.apply(web);
      await rollout(namespace, "deployment/web");
      assert.deepEqual(await uids(), pods, "the same pods serve the new Deployment");

      await k("delete", "deployment/web", "--cascade=foreground", "--timeout=20s");
      assert.deepEqual(await podNames(namespace), [], "kubectl waits for the owner, the owner for its pods");
      assert.equal((await stage.client.list(kinds.ReplicaSet, { namespace })).items.length, 0);

      await stage.apply(web);
      await rollout(namespace, "deployment/web");
      await k("delete", "deployment/web", "--timeout=20s");
      await until("everything is collected", async () => (await podNames(namespace)).length === 0);
    });

    test("objects of custom resources are collected with their owner; one with another owner stays", async () => {
      const namespace = await stage.namespace("custom");
      await stage.apply({
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        metadata: { name: "things.gc.test" },
        spec: {
          group: "gc.test",
          scope: "Namespaced",
          names: { kind: "Thing", listKind: "ThingList", plural: "things", singular: "thing" },
          versions: [
            {
              name: "v1",
              served: true,
              storage: true,
              schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
            },
          ],
        },
      });
      await stage.kubectl("wait", "crd/things.gc.test", "--for=condition=Established", "--timeout=20s");
      const thing = (name: string) => ({ apiVersion: "gc.test/v1", kind: "Thing", metadata: { namespace, name } });
      await until("things can be made", () =>
        stage.apply(thing("a"), thing("b")).then(
          () => true,
          () => false,
        ),
      );
      const uid = async (name: string) =>
        (await stage.kubectl("-n", namespace, "get", "thing", name, "-o", "jsonpath={.metadata.uid}")).trim();
      const owner = async (name: string) => ({ apiVersion: "gc.test/v1", kind: "Thing", name, uid: await uid(name) });
      const [a, b] = [await owner("a"), await owner("b")];
      await stage.client.create(kinds.ConfigMap, { metadata: { namespace, name: "of-a", ownerReferences: [a] } });
      await stage.client.create(kinds.ConfigMap, { metadata: { namespace, name: "of-both", ownerReferences: [a, b] } });
      await stage.kubectl("-n", namespace, "delete", "thing", "a", "--timeout=20s");
      await until(
        "the map of a is gone",
        async () => (await stage.client.get(kinds.ConfigMap, { namespace, name: "of-a" })) === undefined,
      );
      const both = await eventually(stage, kinds.ConfigMap, {
        namespace,
        name: "of-both",
        is: ({ metadata }) => metadata.ownerReferences?.length === 1,
      });
      assert.equal(both.metadata.ownerReferences?.[0]?.uid, b.uid);
      // An owner that never was: by uid, though the name exists.
      const ghost = { ...b, uid: "00000000-0000-0000-0000-000000000000" };
      await stage.client.create(kinds.ConfigMap, {
        metadata: { namespace, name: "of-ghost", ownerReferences: [ghost] },
      });
      await until(
        "the map of a ghost is gone",
        async () => (await stage.client.get(kinds.ConfigMap, { namespace, name: "of-ghost" })) === undefined,
      );
      await stage.kubectl("delete", "crd", "things.gc.test", "--timeout=30s");
      await until(
        "the map of b goes with the kind",
        async () => (await stage.client.get(kinds.ConfigMap, { namespace, name: "of-both" })) === undefined,
      );
    });

    test("a namespace is emptied and goes; a finalizer holds it and is named", async () => {
      const namespace = await stage.namespace("ending");
      await stage.apply(statefulSet({ namespace, name: "db" }), deployment({ namespace, name: "web" }));
      await rollout(namespace, "sts/db");
      await stage.client.create(kinds.ConfigMap, {
        metadata: { namespace, name: "held", finalizers: ["test.dev/hold"] },
      });
      await stage.kubectl("delete", "namespace", namespace, "--wait=false");
      const held = await eventually(stage, kinds.Namespace, {
        name: namespace,
        is: ({ status }) =>
          status?.conditions?.some((c) => c.type === "NamespaceFinalizersRemaining" && c.status === "True"),
      });
      const text = held.status?.conditions?.find((c) => c.type === "NamespaceFinalizersRemaining")?.message;
      assert.match(text ?? "", /test.dev\/hold in 1 resource instances/);
      await stage.client.patch(
        kinds.ConfigMap,
        { namespace, name: "held" },
        { type: "merge", body: { metadata: { finalizers: [] } } },
      );
      await until(
        "the namespace is gone",
        async () => (await stage.client.get(kinds.Namespace, { name: namespace })) === undefined,
      );
    });
  });
}
