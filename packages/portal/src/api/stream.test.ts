import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { QueryClient } from "@tanstack/react-query";
import { openStream } from "./stream.ts";

/** A browser's source of events, driven by hand. */
class SimulatedSource extends EventTarget {
  static readonly CLOSED = 2;
  static readonly all: SimulatedSource[] = [];
  readyState = 0;
  onopen: () => void = () => undefined;
  onerror: () => void = () => undefined;

  constructor() {
    super();
    SimulatedSource.all.push(this);
  }

  close(): void {
    this.readyState = SimulatedSource.CLOSED;
  }
}

function setUp(context: TestContext) {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const known = Object.getOwnPropertyDescriptor(globalThis, "EventSource");
  Object.defineProperty(globalThis, "EventSource", { value: SimulatedSource, configurable: true });
  context.after(() => {
    if (known === undefined) Reflect.deleteProperty(globalThis, "EventSource");
    else Object.defineProperty(globalThis, "EventSource", known);
  });
  const queries = new QueryClient();
  /** How often everything was read anew. */
  let readAnew = 0;
  context.mock.method(queries, "invalidateQueries", async (filter?: object) => {
    if (filter === undefined) readAnew += 1;
  });
  SimulatedSource.all.length = 0;
  context.after(openStream(queries, () => undefined));
  const source = () => {
    const last = SimulatedSource.all.at(-1);
    assert.ok(last);
    return last;
  };
  return { source, readAnew: () => readAnew };
}

describe("the stream of changes", () => {
  it("reads nothing anew when the browser itself reconnects: the server sends what was missed", (context) => {
    const { source, readAnew } = setUp(context);
    source().onopen();
    source().onerror();
    source().onopen();
    assert.equal(SimulatedSource.all.length, 1);
    assert.equal(readAnew(), 0);
  });

  it("reads everything anew when the server cannot tell what was missed", (context) => {
    const { source, readAnew } = setUp(context);
    source().onopen();
    source().dispatchEvent(new Event("reset"));
    assert.equal(readAnew(), 1);
  });

  it("tries again when it was refused, and reads everything anew once", (context) => {
    const { source, readAnew } = setUp(context);
    source().onopen();
    source().readyState = SimulatedSource.CLOSED;
    source().onerror();
    context.mock.timers.tick(5_000);
    assert.equal(SimulatedSource.all.length, 2);
    source().onopen();
    assert.equal(readAnew(), 1);
    source().onerror();
    source().onopen();
    assert.equal(readAnew(), 1);
  });
});
