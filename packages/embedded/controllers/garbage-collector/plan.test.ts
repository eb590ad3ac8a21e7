import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { ObjectMeta, OwnerReference } from "../objects/types.ts";
import { decideDeleting, decideDependent, FOREGROUND, ORPHAN, type OwnerState, waitsForDependents } from "./plan.ts";

const ref = (uid: string, more: Partial<OwnerReference> = {}): OwnerReference => ({
  apiVersion: "v1",
  kind: "K",
  name: uid,
  uid,
  ...more,
});
const states = (map: Record<string, OwnerState>) => (owner: OwnerReference) => map[owner.uid] ?? "absent";

describe("garbage collector", () => {
  test("an object goes when all its owners are gone, and keeps what lives", () => {
    const meta: ObjectMeta = { uid: "x", ownerReferences: [ref("a"), ref("b")] };
    assert.deepEqual(decideDependent(meta, states({ a: "present", b: "present" }), false), { type: "keep" });
    assert.deepEqual(decideDependent(meta, states({ a: "present" }), false), {
      type: "dropOwners",
      ownerReferences: [ref("a")],
    });
    assert.deepEqual(decideDependent(meta, states({}), false), { type: "delete", policy: "Background" });
    assert.deepEqual(
      decideDependent(meta, states({ a: "unknown" }), false),
      { type: "keep" },
      "an owner of an unserved kind may live",
    );
    assert.deepEqual(decideDependent({ uid: "x" }, states({}), false), { type: "keep" });
  });

  test("an owner that waits in the foreground takes whole trees in the foreground", () => {
    const meta: ObjectMeta = { uid: "x", ownerReferences: [ref("a")] };
    assert.deepEqual(decideDependent(meta, states({ a: "waiting" }), true), { type: "delete", policy: "Foreground" });
    assert.deepEqual(decideDependent(meta, states({ a: "waiting" }), false), { type: "delete", policy: "Background" });
  });

  test("foreground waits only for dependents that block; orphan lets all go first", () => {
    const owner: ObjectMeta = { uid: "a", deletionTimestamp: "t", finalizers: [FOREGROUND] };
    const blocking = { uid: "x", ownerReferences: [ref("a", { blockOwnerDeletion: true })] };
    const free = { uid: "y", ownerReferences: [ref("a")] };
    assert.equal(decideDeleting(owner, [blocking, free]).type, "awaitDependents");
    assert.deepEqual(decideDeleting(owner, [free]), { type: "release", finalizer: FOREGROUND });
    const orphaning: ObjectMeta = { ...owner, finalizers: [ORPHAN] };
    assert.deepEqual(decideDeleting(orphaning, [free]), { type: "orphanDependents", dependents: [0] });
    assert.deepEqual(decideDeleting(orphaning, []), { type: "release", finalizer: ORPHAN });
    assert.deepEqual(decideDeleting({ uid: "a" }, [free]), { type: "none" });
  });

  interface Item extends ObjectMeta {
    uid: string;
  }

  interface Graph {
    readonly owners: readonly (readonly number[])[];
    readonly blocks: readonly boolean[];
    readonly policy: string;
    readonly order: readonly number[];
  }

  /** Objects 0..n-1; each may be owned by earlier ones, so there are no cycles. */
  const graphs: fc.Arbitrary<Graph> = fc.integer({ min: 1, max: 9 }).chain((size) =>
    fc.record({
      owners: fc.tuple(
        ...Array.from({ length: size }, (_, i) =>
          fc.uniqueArray(fc.nat(Math.max(0, i - 1)), { maxLength: i === 0 ? 0 : 2 }),
        ),
      ),
      blocks: fc.array(fc.boolean(), { minLength: size, maxLength: size }),
      policy: fc.constantFrom("Background", "Foreground", "Orphan"),
      order: fc.array(fc.nat(), { minLength: 1, maxLength: 15 }),
    }),
  );

  /** Deletes object 0 and lets the collector work in any order. */
  function collect({ owners, blocks, policy, order }: Graph) {
    const items = new Map<string, Item>(
      owners.map((list, i) => [
        `${i}`,
        { uid: `${i}`, ownerReferences: list.map((o) => ref(`${o}`, { blockOwnerDeletion: blocks[i] === true })) },
      ]),
    );
    const gone: string[] = [];
    const remove = (uid: string, how: string) => {
      const item = items.get(uid);
      if (item === undefined || item.deletionTimestamp !== undefined) return;
      const finalizer = how === "Foreground" ? [FOREGROUND] : how === "Orphan" ? [ORPHAN] : [];
      if (finalizer.length > 0) items.set(uid, { ...item, deletionTimestamp: "t", finalizers: finalizer });
      else {
        items.delete(uid);
        gone.push(uid);
      }
    };
    const dependents = (uid: string) =>
      [...items.values()].filter((item) => item.ownerReferences?.some((r) => r.uid === uid));
    const state = (owner: OwnerReference): OwnerState => {
      const item = items.get(owner.uid);
      return item === undefined ? "absent" : waitsForDependents(item) ? "waiting" : "present";
    };
    const dependent = (item: Item): boolean => {
      const decision = decideDependent(item, state, dependents(item.uid).length > 0);
      if (decision.type === "dropOwners")
        items.set(item.uid, { ...item, ownerReferences: [...decision.ownerReferences] });
      if (decision.type === "delete") remove(item.uid, decision.policy);
      return decision.type !== "keep";
    };
    const step = (item: Item): boolean => {
      if (item.deletionTimestamp === undefined) return dependent(item);
      const below = dependents(item.uid);
      const decision = decideDeleting(item, below);
      if (decision.type === "release") {
        items.delete(item.uid);
        gone.push(item.uid);
      } else if (decision.type === "orphanDependents") {
        for (const each of below)
          items.set(each.uid, {
            ...each,
            ownerReferences: (each.ownerReferences ?? []).filter((r) => r.uid !== item.uid),
          });
      } else if (decision.type === "awaitDependents") {
        return below
          .filter((each) => each.deletionTimestamp === undefined)
          .map(dependent)
          .some(Boolean);
      }
      return decision.type !== "none";
    };
    remove("0", policy);
    for (let round = 0; ; round++) {
      assert.ok(round < 500, "the collector never ends");
      const rank = (uid: string) => (order[(Number(uid) + round) % order.length] ?? 0) % 97;
      const uids = [...items.keys()].sort((a, b) => rank(a) - rank(b));
      const moved = uids.map((uid) => {
        const item = items.get(uid);
        return item !== undefined && step(item);
      });
      if (!moved.some(Boolean)) break;
    }
    return { left: [...items.keys()].sort(), gone };
  }

  test("property: what is left is what still has a living owner or never had one, in every order of work", () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const { left, gone } = collect(graph);
        const owners = graph.owners;
        const alive = new Set<number>();
        owners.forEach((list, i) => {
          if (i === 0) return;
          const orphaned = graph.policy === "Orphan" && list.includes(0);
          if (list.length === 0 || orphaned || list.some((o) => alive.has(o))) alive.add(i);
        });
        assert.deepEqual(left, [...alive].map(String).sort());
        if (graph.policy === "Foreground") {
          const position = (uid: number) => gone.indexOf(String(uid));
          owners.forEach((list, i) => {
            const blocks = list.length === 1 && list[0] === 0 && graph.blocks[i] === true && !alive.has(i);
            if (blocks) assert.ok(position(i) < position(0), `${i} blocks 0 and must go before it`);
          });
        }
      }),
      { numRuns: 300 },
    );
  });
});
