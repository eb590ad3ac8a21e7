import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { setImmediate } from "node:timers/promises";
import type { Database, DatabaseDetail } from "@keelson/server/api";
import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { databaseQuery, databasesQuery, eventsQuery } from "./queries.ts";
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

/** Puts something of a browser in its place until the test is over. */
function provide(context: TestContext, name: string, value: unknown): void {
  const known = Object.getOwnPropertyDescriptor(globalThis, name);
  Object.defineProperty(globalThis, name, { value, configurable: true });
  context.after(() => {
    if (known === undefined) Reflect.deleteProperty(globalThis, name);
    else Object.defineProperty(globalThis, name, known);
  });
}

function setUp(context: TestContext) {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  let close = (): void => undefined;
  context.after(() => close());
  const page = Object.assign(new EventTarget(), { visibilityState: "visible" });
  provide(context, "EventSource", SimulatedSource);
  provide(context, "document", page);
  const queries = new QueryClient();
  /** How often everything was read anew. */
  let readAnew = 0;
  const invalidate = queries.invalidateQueries.bind(queries);
  context.mock.method(queries, "invalidateQueries", async (filter?: object) => {
    if (filter === undefined) readAnew += 1;
    else await invalidate(filter);
  });
  SimulatedSource.all.length = 0;
  const notices: string[] = [];
  close = openStream(queries, ({ text }) => void notices.push(text));
  const source = () => {
    const last = SimulatedSource.all.at(-1);
    assert.ok(last);
    return last;
  };
  const show = (visibilityState: "visible" | "hidden") => {
    Object.assign(page, { visibilityState }).dispatchEvent(new Event("visibilitychange"));
  };
  return { queries, source, show, notices, readAnew: () => readAnew };
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

  it("reads again what failed while the server was away", async (context) => {
    const { queries, source } = setUp(context);
    let away = true;
    let reads = 0;
    const shown = ["catalogue", "databases"].map((name) => {
      const queryFn = async () => {
        reads += 1;
        if (away && name === "catalogue") throw new Error("away");
        return name;
      };
      return new QueryObserver(queries, { queryKey: [name], queryFn, retry: false, staleTime: 60_000 });
    });
    for (const observer of shown) context.after(observer.subscribe(() => undefined));
    await setImmediate();
    assert.deepEqual([shown[0]?.getCurrentResult().status, reads], ["error", 2]);
    source().onerror();
    away = false;
    source().onopen();
    await setImmediate();
    assert.deepEqual([queries.getQueryData(["catalogue"]), reads], ["catalogue", 3]);
  });

  it("leaves the connections to others while nobody sees the page, and reads everything anew after that", (context) => {
    const { source, show, readAnew } = setUp(context);
    source().onopen();
    show("hidden");
    assert.equal(source().readyState, SimulatedSource.CLOSED);
    context.mock.timers.tick(60_000);
    assert.equal(SimulatedSource.all.length, 1);
    show("visible");
    assert.equal(SimulatedSource.all.length, 2);
    source().onopen();
    assert.equal(readAnew(), 1);
  });

  it("reads everything anew when the server cannot tell what was missed", (context) => {
    const { source, readAnew } = setUp(context);
    source().onopen();
    source().dispatchEvent(new Event("reset"));
    assert.equal(readAnew(), 1);
  });

  const send = (source: SimulatedSource, type: string, change: object) =>
    source.dispatchEvent(new MessageEvent(type, { data: JSON.stringify(change) }));
  const orders = { namespace: "shop", name: "orders" };
  const saying = (headline: string) => ({ ...orders, deleted: false, view: { ...orders, headline } });

  it("tells of a change of a database's state, and of nothing else, also where no list was read", (context) => {
    const { queries, source, notices } = setUp(context);
    for (const list of [false, true]) {
      queries.clear();
      notices.length = 0;
      if (list) queries.setQueryData(databasesQuery.queryKey, [saying("Ready").view as Database]);
      else queries.setQueryData(databaseQuery(orders).queryKey, saying("Ready").view as DatabaseDetail);
      for (const headline of ["Ready", "Ready", "Paused", "Paused"]) send(source(), "database", saying(headline));
      assert.deepEqual(notices, ["orders: Paused"], `with a list: ${list}`);
    }
  });

  it("tells of a new database where the list is known, and nothing of those that a page knows nothing of", (context) => {
    const { queries, source, notices } = setUp(context);
    send(source(), "database", saying("Ready"));
    assert.deepEqual(notices, []);
    queries.clear();
    queries.setQueryData(databasesQuery.queryKey, []);
    send(source(), "database", saying("Ready"));
    assert.deepEqual(notices, ["orders: Ready"]);
  });

  it("keeps the newest events only, however long the page is open", (context) => {
    const { queries, source } = setUp(context);
    const { queryKey } = eventsQuery(orders);
    queries.setQueryData(queryKey, []);
    for (let id = 0; id < 1_100; id++) send(source(), "activity", { ...orders, activity: { id: String(id) } });
    const kept = queries.getQueryData(queryKey) ?? [];
    assert.deepEqual([kept.length, kept[0]?.id], [1_000, "1099"]);
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
