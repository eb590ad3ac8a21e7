import assert from "node:assert/strict";
import { test } from "node:test";
import type { Connection } from "@keelson/server/api";
import { connectionString, preferredTarget } from "./connection-string.ts";

const external = { host: "127.77.0.2", port: 5432 };
const primary = { id: "primary", title: "Primary", use: "", host: "a-primary.default.svc", port: 5432 } as const;
const uris = {
  primary: "postgresql://a:p%40ss@a-primary.default.svc:5432/a?sslmode=require",
  "primary-external": "postgresql://a:p%40ss@127.77.0.2:5432/a?sslmode=require",
};
const user = { user: "a", database: "a", secret: "a-pguser-a", password: "p@ss", uris };

function connection(overrides: Partial<Connection>): Connection {
  return { endpoints: [{ ...primary, external }], users: [user], tls: true, revealed: true, ...overrides };
}

test("the line to paste is the server's own, for the address that this machine reaches", () => {
  assert.equal(connectionString(connection({})), uris["primary-external"]);
});

test("what psql is told apart from its arguments is the password as it is", () => {
  const { uri: _uri, ...target } = preferredTarget(connection({}));
  assert.deepEqual(target, { ...external, user: "a", database: "a", password: "p@ss" });
});

test("a database that cannot be reached from here says how to change that", () => {
  assert.throws(() => connectionString(connection({ endpoints: [primary] })), /create it with --expose/);
});
