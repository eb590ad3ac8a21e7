import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hashPassword, verifyPassword } from "./password-hash.ts";

describe("password hashes", () => {
  it("agree with another implementation", async () => {
    // Made by the reference command line tool: echo -n password | argon2 somesalt -id -v 13 -t 2 -k 65536 -p 1 -l 32
    const known = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    assert.equal(await verifyPassword("password", known), true);
    assert.equal(await verifyPassword("Password", known), false);
  });

  it("differ for equal passwords, and are read back", async () => {
    const [a, b] = await Promise.all([hashPassword("pässword"), hashPassword("pässword")]);
    assert.notEqual(a, b);
    assert.equal(await verifyPassword("pässword", a), true);
    assert.equal(await verifyPassword("password", a), false);
  });

  it("that cannot be read open nothing", async () => {
    for (const text of [
      "",
      "password",
      "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$AAAA",
      "$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAA$",
    ]) {
      assert.equal(await verifyPassword("password", text), false);
    }
  });
});
