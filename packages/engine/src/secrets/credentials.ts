/** Which password and verifier a user has, given what its Secret holds now. */

import { generatePassword, type PasswordType } from "./passwords.ts";
import type { RandomBytes } from "./random-text.ts";
import { isScramVerifier, scramVerifier } from "./scram.ts";

/** A user's password and what the server keeps of it. */
export interface Credentials {
  readonly password: string;
  readonly verifier: string;
}

/**
 * The contract's rules:
 * - both there: kept, even when they do not belong together (who writes a new password must clear the verifier);
 * - password only: the verifier is computed, which is how a user rotates a password;
 * - no password: both are new, which is how a user asks for a random one.
 *
 * A verifier in another form than SCRAM-SHA-256 counts as absent: PostgreSQL would take it for a password in clear text.
 */
export function resolveCredentials(
  existing: { readonly password?: string | undefined; readonly verifier?: string | undefined } | undefined,
  type: PasswordType,
  random: RandomBytes,
): Credentials {
  const password = existing?.password ?? "";
  if (password === "") {
    const generated = generatePassword(type, random);
    return { password: generated, verifier: scramVerifier(generated, random) };
  }
  const verifier = existing?.verifier ?? "";
  return { password, verifier: isScramVerifier(verifier) ? verifier : scramVerifier(password, random) };
}
