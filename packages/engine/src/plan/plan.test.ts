import assert from "node:assert/strict";
import { test } from "node:test";
import { kinds } from "@keelson/kube";
import { describeAction, joinPlans, type Plan, plan } from "./plan.ts";

interface Promote {
  readonly type: "promote";
  readonly name: string;
}

const act = (name: string, more: Partial<Plan<Promote>> = {}): Plan<Promote> =>
  plan<Promote>({ actions: [{ type: "promote", name }], ...more });
const names = (joined: Plan<Promote>) => joined.actions.map((action) => ("name" in action ? action.name : action.type));

test("plans are joined in order, and a plan that ends the pass and acts is the last", () => {
  assert.deepEqual(names(joinPlans([act("a"), act("b")])), ["a", "b"]);
  assert.deepEqual(names(joinPlans([act("a"), act("b", { endsPass: true }), act("c")])), ["a", "b"]);
  assert.deepEqual(names(joinPlans([plan<Promote>({ endsPass: true }), act("c")])), ["c"]);
});

test("the last word on a condition counts, and the soonest look", () => {
  const ready = (status: "True" | "False") => ({ type: "Ready", status, reason: "R", message: "" });
  const joined = joinPlans<Promote>([
    plan({ conditions: [ready("False")], requeueAfterMs: 5000 }),
    plan({ conditions: [ready("True")], requeueAfterMs: 1000 }),
    plan({}),
  ]);
  assert.deepEqual(joined.conditions, [ready("True")]);
  assert.equal(joined.requeueAfterMs, 1000);
  assert.equal(joinPlans<Promote>([]).requeueAfterMs, undefined);
});

test("actions are described in a few words", () => {
  const object = { metadata: { namespace: "default", name: "hello-ha" } };
  assert.equal(
    describeAction({ type: "apply", kind: kinds.Service, object, live: undefined }),
    "apply Service default/hello-ha",
  );
  const ref = { namespace: "default", name: "hello-00-x7kd-0" };
  assert.equal(
    describeAction({ type: "delete", kind: kinds.Pod, ref, uid: "u" }),
    "delete Pod default/hello-00-x7kd-0",
  );
  assert.equal(describeAction({ type: "promote" }), "promote");
});
