import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { ServerResponse } from "node:http";
import { describe, it } from "node:test";
import { StreamHub } from "./hub.ts";

/** A reader that takes nothing from the socket: whatever is written waits. */
class StalledReader extends EventEmitter {
  text = "";
  destroyed = false;
  get writableLength(): number {
    return Buffer.byteLength(this.text);
  }
  writeHead(): void {}
  write(text: string): void {
    this.text += text;
  }
  end(): void {
    this.emit("close");
  }
  destroy(): void {
    this.destroyed = true;
  }
}

describe("the stream of changes", () => {
  const half = "x".repeat(512 * 1024);

  const open = (hub: StreamHub, lastEventId?: string) => {
    const reader = new StalledReader();
    const response = reader as unknown as ServerResponse;
    hub.subscribe({ response, caller: "me", headers: {}, lastEventId, isAllowed: () => true });
    return reader;
  };
  const lastId = (reader: StalledReader) => [...reader.text.matchAll(/^id: (.*)$/gm)].at(-1)?.[1];

  it("lets a reader go that is too far behind, and then tells it to read everything anew", () => {
    const hub = new StreamHub();
    const slow = open(hub);
    const seen = lastId(slow);
    for (let times = 0; times < 3 && !slow.destroyed; times++) hub.publish("database", half);
    assert.ok(slow.destroyed);
    const again = open(hub, seen);
    assert.match(again.text, /^event: reset$/m);
    assert.ok(!again.destroyed);
    hub.end();
  });

  it("sends what was missed when that is little", () => {
    const hub = new StreamHub();
    const first = open(hub);
    const seen = lastId(first);
    first.end();
    hub.publish("database", { name: "orders" });
    const again = open(hub, seen);
    assert.match(again.text, /^event: database$/m);
    assert.doesNotMatch(again.text, /reset/);
    hub.end();
  });
});
