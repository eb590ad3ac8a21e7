import assert from "node:assert/strict";
import { createHash, createHmac, randomBytes } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { resolveCredentials } from "./credentials.ts";
import { secretData, secretTexts } from "./data.ts";
import { generatePassword, PASSWORD_ALPHABETS, PASSWORD_LENGTH } from "./passwords.ts";
import { preparePassword } from "./saslprep.ts";
import { isScramVerifier, scramVerifier } from "./scram.ts";

/** Whether a verifier was made from this password: made again with its salt, it is the same. */
function verifiesPassword(verifier: string, password: string): boolean {
  const [, iterations = "", salt = ""] = /^SCRAM-SHA-256\$(\d+):([^$]+)\$/.exec(verifier) ?? [];
  return scramVerifier(password, () => Buffer.from(salt, "base64"), Number(iterations)) === verifier;
}

const passwordType = fc.constantFrom("ASCII" as const, "AlphaNumeric" as const);

test("passwords have the contract's length and alphabet", () => {
  fc.assert(
    fc.property(passwordType, (type) => {
      const password = generatePassword(type, randomBytes);
      assert.equal(password.length, PASSWORD_LENGTH);
      for (const character of password) assert.ok(PASSWORD_ALPHABETS[type].includes(character));
    }),
  );
});

test("every character of an alphabet comes out about equally often", () => {
  const counts = new Map<string, number>();
  for (let i = 0; i < 2_000; i++) {
    for (const character of generatePassword("ASCII", randomBytes))
      counts.set(character, (counts.get(character) ?? 0) + 1);
  }
  const mean = (2_000 * PASSWORD_LENGTH) / PASSWORD_ALPHABETS.ASCII.length;
  assert.equal(counts.size, PASSWORD_ALPHABETS.ASCII.length);
  for (const count of counts.values()) assert.ok(Math.abs(count - mean) < mean / 3, `${count} of ${mean}`);
});

test("the verifier of RFC 7677's example proves the server's signature there", () => {
  const salt = Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64");
  const verifier = scramVerifier("pencil", () => salt);
  assert.equal(
    verifier,
    "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
  );
  const [storedKey = "", serverKey = ""] = verifier.split("$")[2]?.split(":") ?? [];
  const nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
  const message = `n=user,r=rOprNGfwEbeRWgbNEkqO,r=${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r=${nonce}`;
  const signature = createHmac("sha256", Buffer.from(serverKey, "base64")).update(message).digest("base64");
  assert.equal(signature, "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
  // The client's proof of the same example opens to the stored key.
  const proof = Buffer.from("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", "base64");
  const stored = Buffer.from(storedKey, "base64");
  const mask = createHmac("sha256", stored).update(message).digest();
  const clientKey = proof.map((byte, i) => byte ^ (mask[i] ?? 0));
  assert.deepEqual(createHash("sha256").update(clientKey).digest(), stored);
});

test("a verifier verifies its own password and no other", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }), (a, b) => {
      const verifier = scramVerifier(a, randomBytes);
      assert.ok(isScramVerifier(verifier) && verifiesPassword(verifier, a));
      if (preparePassword(a) !== preparePassword(b)) assert.ok(!verifiesPassword(verifier, b));
    }),
    { numRuns: 20 },
  );
});

test("passwords are prepared as RFC 4013's examples say, and used as they are where it refuses them", () => {
  assert.equal(preparePassword("I\u00adX"), "IX");
  assert.equal(preparePassword("user"), "user");
  assert.equal(preparePassword("\u00aa"), "a");
  assert.equal(preparePassword("\u2168"), "IX");
  assert.equal(preparePassword("a\u00a0b"), "a b");
  assert.equal(preparePassword("\u0007"), "\u0007");
  assert.equal(preparePassword("\u0627\u0031"), "\u0627\u0031");
});

test("credentials follow the contract", () => {
  const kept = { password: "mine", verifier: scramVerifier("other", randomBytes) };
  assert.deepEqual(resolveCredentials(kept, "ASCII", randomBytes), kept);
  for (const verifier of [undefined, "", "md5a3556571e93b0d20722ba62be61e8c2d"]) {
    const rotated = resolveCredentials({ password: "mine", verifier }, "ASCII", randomBytes);
    assert.equal(rotated.password, "mine");
    assert.ok(verifiesPassword(rotated.verifier, "mine"));
  }
  for (const existing of [undefined, {}, { password: "", verifier: "" }]) {
    const fresh = resolveCredentials(existing, "AlphaNumeric", randomBytes);
    assert.match(fresh.password, /^[A-Za-z0-9]{24}$/);
    assert.ok(verifiesPassword(fresh.verifier, fresh.password));
  }
});

test("resolving twice changes nothing", () => {
  fc.assert(
    fc.property(passwordType, fc.option(fc.string({ minLength: 1 }), { nil: undefined }), (type, password) => {
      const once = resolveCredentials({ password }, type, randomBytes);
      assert.deepEqual(resolveCredentials(once, type, randomBytes), once);
    }),
    { numRuns: 20 },
  );
});

test("texts go into a Secret and come back", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.string({ unit: "grapheme" })), (texts) => {
      const normal = Object.fromEntries(Object.entries(texts).map(([key, value]) => [key, value.toWellFormed()]));
      assert.deepEqual({ ...secretTexts(secretData(normal)) }, { ...normal });
    }),
  );
});
