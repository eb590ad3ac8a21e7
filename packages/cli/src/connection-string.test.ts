import assert from "node:assert/strict";
import { test } from "node:test";
import type { Connection } from "@keelson/server/api";
import { connectionString } from "./connection-string.ts";

const external = { host: "127.77.0.2", port: 5432 };
const primary = { id: "primary", title: "Primary", use: "", host: "a-primary.default.svc", port: 5432 } as const;
const user = { user: "a", database: "a", secret: "a-pguser-a", password: "p@ss/w:rd%" };

function connection(overrides: Partial<Connection>): Connection {
  return { endpoints: [{ ...primary, external }], users: [user], tls: true, revealed: true, ...overrides };
}

test("a password with signs that mean something in a URI arrives as it is", () => {
  const uri = new URL(connectionString(connection({})));
  assert.equal(decodeURIComponent(uri.password), "p@ss/w:rd%");
  assert.equal(`${uri.hostname}:${uri.port}`, "127.77.0.2:5432");
  assert.equal(uri.searchParams.get("sslmode"), "require");
});

test("a database that cannot be reached from here says how to change that", () => {
  assert.throws(() => connectionString(connection({ endpoints: [primary] })), /create it with --expose/);
});
