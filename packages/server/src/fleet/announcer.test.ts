import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { StreamHub } from "../stream/hub.ts";
import { announce } from "./announcer.ts";
import type { Fleet, FleetChange } from "./fleet.ts";

const key = { namespace: "shop", name: "orders" };

/** A fleet whose one view the test sets, and what was published of it. */
function setUp() {
  const published: { event: string; data: { activity?: { id: string; count: number }; deleted?: boolean } }[] = [];
  const world = { view: { name: "orders", phase: "ready", resourceVersion: "1" } as object | undefined };
  let listener: (change: FleetChange) => void = () => undefined;
  const fleet = {
    onChange: (given: typeof listener) => (listener = given),
    database: () => world.view,
  };
  const hub = { publish: (event: string, data: object) => published.push({ event, data }) };
  announce(fleet as unknown as Fleet, hub as unknown as StreamHub, new AbortController().signal);
  return { world, published, change: (change: FleetChange) => listener(change) };
}

function activity(id: string, count: number) {
  const at = "2026-11-21T08:00:00.000Z";
  const view = { id, type: "Normal" as const, reason: "Done", message: "", about: "", count, firstAt: at, lastAt: at };
  return { type: "event", key, activity: view } as const;
}

describe("announcing changes", () => {
  it("sends every event of a burst, each once and as it was last", (context) => {
    context.mock.timers.enable({ apis: ["setTimeout"] });
    const { published, change } = setUp();
    for (const [id, count] of [
      ["a", 1],
      ["b", 1],
      ["a", 2],
    ] as const)
      change(activity(id, count));
    context.mock.timers.tick(60);
    assert.deepEqual(
      published.map(({ data }) => [data.activity?.id, data.activity?.count]),
      [
        ["a", 2],
        ["b", 1],
      ],
    );
  });

  it("sends a view once for several changes, not again when nothing of it changed, and that it is gone", (context) => {
    context.mock.timers.enable({ apis: ["setTimeout"] });
    const { world, published, change } = setUp();
    const pass = () => {
      for (let times = 0; times < 3; times++) change({ type: "cluster", key });
      context.mock.timers.tick(60);
    };
    pass();
    world.view = { ...world.view, resourceVersion: "2" };
    pass();
    world.view = undefined;
    pass();
    pass();
    assert.deepEqual(
      published.map(({ data }) => data.deleted),
      [false, true],
    );
  });
});
