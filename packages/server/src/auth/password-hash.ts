/** Passwords as argon2id, in the usual text form. Node's own implementation works beside the event loop and gives its memory back. */
import { argon2, randomBytes, timingSafeEqual } from "node:crypto";

/** Cost of one hash: 19 MiB and two passes. Source: OWASP password storage cheat sheet, argon2id. */
const cost = { memory: 19_456, passes: 2, parallelism: 1 } as const;
const HASH_BYTES = 32;
const form = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

/** `$argon2id$v=19$m=…,t=…,p=…$salt$hash` with a salt of its own. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive(password, { ...cost, nonce: salt, tagLength: HASH_BYTES });
  return `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${unpadded(salt)}$${unpadded(hash)}`;
}

/** Whether the password has that hash; the cost is the hash's own, so that older ones stay usable when ours grows. */
export async function verifyPassword(password: string, encoded: string): Promise<boolean> {
  const [, memory, passes, parallelism, salt = "", hash = ""] = form.exec(encoded) ?? [];
  const expected = Buffer.from(hash, "base64");
  if (expected.length === 0) return false;
  const found = await derive(password, {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    nonce: Buffer.from(salt, "base64"),
    tagLength: expected.length,
  });
  return timingSafeEqual(found, expected);
}

function derive(message: string, parameters: Omit<Parameters<typeof argon2>[1], "message">): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  argon2("argon2id", { message, ...parameters }, (error, key) => (error === null ? resolve(key) : reject(error)));
  return promise;
}

const unpadded = (bytes: Buffer): string => bytes.toString("base64").replaceAll("=", "");
