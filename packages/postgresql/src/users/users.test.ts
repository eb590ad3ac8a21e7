import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { secretTexts } from "@keelson/engine";
import fc from "fast-check";
import { pgCluster } from "../testing/fixtures.ts";
import { roleOptions } from "./role-options.ts";
import { connectionTexts, userSecret } from "./secrets.ts";
import { databaseScripts, identifier, literal, userScripts } from "./sql.ts";

describe("role options", () => {
  for (const [text, sql] of [
    ["", "LOGIN"],
    ["superuser createdb", "LOGIN SUPERUSER CREATEDB"],
    ["CONNECTION LIMIT 5 NOINHERIT", "LOGIN CONNECTION LIMIT 5 NOINHERIT"],
    ["VALID UNTIL '2030-01-01'", "LOGIN VALID UNTIL '2030-01-01'"],
    ["VALID UNTIL 'infinity' CONNECTION LIMIT -1", "LOGIN VALID UNTIL 'infinity' CONNECTION LIMIT -1"],
    ["VALID UNTIL 'Jan 8 04:05 2030 PST'", "LOGIN VALID UNTIL 'Jan 8 04:05 2030 PST'"],
    ["nologin", "NOLOGIN"],
    ["CREATEDB -- a comment\nLOGIN", "CREATEDB LOGIN"],
    ["LOGIN PASSWORD 'secret' CREATEROLE", "LOGIN CREATEROLE"],
    ["ENCRYPTED PASSWORD 'it''s'", "LOGIN"],
  ] as const) {
    test(text || "none", () => assert.deepEqual(roleOptions(text), { sql }));
  }
  for (const text of ["DROP TABLE x", "SUPERUSER, CREATEDB", "IN ROLE postgres", "CONNECTION LIMIT many", "'x'"]) {
    test(`refuses ${text}`, () => assert.ok("problem" in roleOptions(text)));
  }
  for (const [text, words] of [
    ["NOLOGIN CREATEDB LOGIN", /"NOLOGIN" and "LOGIN" contradict/],
    ["createdb CREATEDB", /"CREATEDB" is there twice/],
    ["CONNECTION LIMIT 5 CONNECTION LIMIT 6", /"CONNECTION LIMIT 5" and "CONNECTION LIMIT 6" contradict/],
    ["CONNECTION LIMIT -2", /"CONNECTION LIMIT -2" is not -1/],
    ["VALID UNTIL '2030-01-01' VALID UNTIL 'infinity'", /contradict/],
    ["VALID UNTIL 'never'", /"VALID UNTIL 'never'" is not a time/],
    ["VALID UNTIL ''", /is not a time/],
    ["VALID UNTIL '2030-02-30 12:00'", /not a day that there is/],
    ["VALID UNTIL '2030-13-01'", /not a day that there is/],
  ] as const) {
    test(`refuses what PostgreSQL would: ${text}`, () => {
      const parsed = roleOptions(text);
      assert.match("problem" in parsed ? parsed.problem : "", words);
    });
  }
  test("whatever is written, only known words come out, and none of them twice", () => {
    const known =
      /^(?:(?:NO)?(?:SUPERUSER|CREATEDB|CREATEROLE|INHERIT|LOGIN|REPLICATION|BYPASSRLS)|CONNECTION LIMIT -?\d+|VALID UNTIL '(?:[^']|'')*'| )*$/;
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.string(),
            fc.constantFrom(
              "LOGIN",
              "CREATEDB",
              "VALID UNTIL",
              "'2030-01-01'",
              "CONNECTION LIMIT",
              "3",
              "--",
              ";",
              "PASSWORD",
            ),
          ),
        ),
        (parts) => {
          const parsed = roleOptions(parts.join(" "));
          if (!("sql" in parsed)) return;
          assert.match(parsed.sql, known);
          assert.equal(parsed.sql.match(/\b(NO)?LOGIN\b/g)?.length, 1);
        },
      ),
    );
  });
});

describe("SQL", () => {
  test("names and texts are quoted", () => {
    assert.equal(identifier('a"b'), '"a""b"');
    assert.equal(literal("it's"), "'it''s'");
    assert.equal(literal("a\\b"), " E'a\\\\b'");
  });

  test("no text ends its quotes early", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const quoted = literal(text).trim().replace(/^E/, "");
        assert.match(quoted, /^'(?:[^'\\]|''|\\\\)*'$/s);
      }),
    );
  });

  test("databases are made once, users get their verifier, their rights and a schema", () => {
    const c = pgCluster({
      users: [{ name: "shop", databases: ["shop", "archive"], options: "CREATEDB", grantPublicSchemaAccess: true }],
    } as never);
    assert.match(databaseScripts(c)[0]?.sql ?? "", /CREATE DATABASE "archive"[\s\S]*CREATE DATABASE "shop"/);
    const scripts = userScripts(c, new Map([["shop", "SCRAM-SHA-256$x"]]));
    assert.deepEqual(
      scripts.map((s) => s.database),
      ["postgres", "shop", "archive"],
    );
    assert.match(scripts[0]?.sql ?? "", /ALTER ROLE "shop" LOGIN CREATEDB PASSWORD 'SCRAM-SHA-256\$x'/);
    assert.match(
      scripts[1]?.sql ?? "",
      /CREATE SCHEMA IF NOT EXISTS "shop" AUTHORIZATION "shop";\nGRANT ALL ON SCHEMA public TO "shop"/,
    );
  });
});

describe("Secrets of users", () => {
  const random = (size: number): Uint8Array => new Uint8Array(size).fill(7);
  const c = pgCluster();
  const [user] = c.users;
  assert.ok(user !== undefined);

  test("connection strings survive any password", () => {
    const texts = connectionTexts(c, user, "p@ss:/w?rd");
    const url = new URL(texts["uri"] ?? "");
    assert.equal(decodeURIComponent(url.password), "p@ss:/w?rd");
    assert.equal(url.host, "orders-primary.prod.svc:5432");
    assert.equal(new URL(texts["pgbouncer-uri"] ?? "").host, "orders-pgbouncer.prod.svc:5432");
    assert.match(texts["pgbouncer-jdbc-uri"] ?? "", /prepareThreshold=0/);
  });

  test("a password that is there stays, and a cleared verifier is computed anew", () => {
    const texts = secretTexts(userSecret(c, user, { password: "mine", verifier: "" }, random).data);
    assert.equal(texts["password"], "mine");
    assert.match(texts["verifier"] ?? "", /^SCRAM-SHA-256\$/);
    const again = secretTexts(userSecret(c, user, texts, random).data);
    assert.deepEqual(again, texts);
  });

  test("a user without databases has no URI", () => {
    const lonely = pgCluster({ users: [{ name: "postgres" }] } as never).users[0];
    assert.ok(lonely !== undefined);
    assert.equal(connectionTexts(c, lonely, "x")["uri"], undefined);
  });

  test("a Secret of another type can be a user's too: nothing is said about the type, which is fixed", () => {
    assert.equal("type" in userSecret(c, user, { username: "orders", password: "mine" }, random), false);
  });
});
