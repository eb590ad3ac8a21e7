/** What the protocols of exec leave to the client, against a server that plays the other side by hand. */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { type WebSocket, WebSocketServer } from "ws";
import { ApiError, ConnectionError } from "./api-error.ts";
import { execCollected } from "./exec.ts";
import type { Transport } from "./transport.ts";
import { openWebSocket } from "./web-socket.ts";

const frame = (channel: number, text: string | object) =>
  Buffer.concat([Buffer.of(channel), Buffer.from(typeof text === "string" ? text : JSON.stringify(text))]);
const success = frame(3, { status: "Success" });

describe("exec", () => {
  let server: WebSocketServer;
  let speaks = "v5.channel.k8s.io";
  let behave: (socket: WebSocket) => void = () => undefined;
  before(async () => {
    server = new WebSocketServer({ port: 0, host: "127.0.0.1", handleProtocols: () => speaks });
    server.on("connection", (socket) => behave(socket));
    await once(server, "listening");
  });
  after(() => server.close());

  const unused = () => Promise.reject(new Error("not used here"));
  const transport: Transport = {
    server: "",
    request: unused,
    close: () => Promise.resolve(),
    webSocket: (path, _query, protocols) => {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
      return openWebSocket({ url, tls: {}, headers: {}, protocols });
    },
  };
  const run = (more: { stdin?: string; timeoutMs?: number; maxOutputBytes?: number } = {}) =>
    execCollected(transport, { namespace: "n", pod: "p", command: ["c"], ...more });

  test("stdin is closed by a message of its own in v5", async () => {
    speaks = "v5.channel.k8s.io";
    behave = (socket) => {
      let input = "";
      socket.on("message", (data: Buffer) => {
        if (data[0] === 0) input += data.subarray(1).toString();
        if (data[0] === 255 && data[1] === 0) {
          socket.send(frame(1, input.toUpperCase()));
          socket.send(success);
          socket.close();
        }
      });
    };
    assert.deepEqual(await run({ stdin: "abc" }), { stdout: "ABC", stderr: "", exitCode: 0 });
  });

  test("a server of v4 is good for commands without stdin", async () => {
    speaks = "v4.channel.k8s.io";
    behave = (socket) => {
      socket.send(frame(1, "out"));
      socket.send(frame(2, "err"));
      const causes = [{ reason: "ExitCode", message: "7" }];
      socket.send(frame(3, { status: "Failure", reason: "NonZeroExitCode", details: { causes } }));
      socket.close();
    };
    assert.deepEqual(await run(), { stdout: "out", stderr: "err", exitCode: 7 });
  });

  test("no result is no success", async () => {
    behave = (socket) => {
      socket.send(frame(1, "half of the out"));
      socket.close();
    };
    await assert.rejects(run(), (error) => error instanceof ConnectionError && error.code === "BROKEN");
  });

  test("a command that could not be started is an exception", async () => {
    behave = (socket) => {
      socket.send(frame(3, { status: "Failure", reason: "InternalError", code: 500, message: "no such file" }));
      socket.close();
    };
    await assert.rejects(run(), (error) => error instanceof ApiError && error.message === "no such file");
  });

  test("output without end is cut off", async () => {
    behave = (socket) => {
      const flood = () =>
        socket.readyState === socket.OPEN && socket.send(frame(1, "x".repeat(100_000)), () => setImmediate(flood));
      flood();
    };
    await assert.rejects(run({ maxOutputBytes: 1_000_000 }), /more than 1000000 bytes/);
  });

  test("a server that says nothing more is not waited for for ever", async () => {
    behave = () => undefined;
    await assert.rejects(
      run({ timeoutMs: 50 }),
      (error) => error instanceof ConnectionError && error.code === "TIMEOUT",
    );
  });
});
