/**
 * SCRAM-SHA-256 verifiers as PostgreSQL keeps them, so that a password never has to be sent to the server.
 * Sources: RFC 5802, RFC 7677; PostgreSQL manual, system catalog pg_authid (form of the text).
 */
import { createHash, createHmac, pbkdf2Sync } from "node:crypto";
import type { RandomBytes } from "./random-text.ts";
import { preparePassword } from "./saslprep.ts";

/** Rounds of key stretching; the least that RFC 7677 allows, and PostgreSQL's default (scram_iterations). */
const SCRAM_ITERATIONS = 4096;

const SALT_BYTES = 16;
const FORM = /^SCRAM-SHA-256\$(\d+):([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+):([A-Za-z0-9+/=]+)$/;

/** `SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey`. */
export function scramVerifier(password: string, random: RandomBytes, iterations = SCRAM_ITERATIONS): string {
  return verifier(password, Buffer.from(random(SALT_BYTES)), iterations);
}

/** Whether a text has the form of a SCRAM-SHA-256 verifier. */
export function isScramVerifier(text: string): boolean {
  return FORM.test(text);
}

function verifier(password: string, salt: Buffer, iterations: number): string {
  const salted = pbkdf2Sync(preparePassword(password), salt, iterations, 32, "sha256");
  const hmac = (text: string): Buffer => createHmac("sha256", salted).update(text).digest();
  const storedKey = createHash("sha256").update(hmac("Client Key")).digest();
  const serverKey = hmac("Server Key");
  const [a, b, c] = [salt, storedKey, serverKey].map((bytes) => bytes.toString("base64"));
  return `SCRAM-SHA-256$${iterations}:${a}$${b}:${c}`;
}
