/** ConfigMaps, Secrets and ServiceAccounts. */
import { member } from "../defaults/fill.ts";
import { defaultSecret } from "../defaults/others.ts";
import type { Rules } from "../registry/resource.ts";
import { isObject, type KubeObject, stringAt } from "../types.ts";
import {
  configMapProblems,
  configMapUpdateProblems,
  secretProblems,
  secretUpdateProblems,
} from "../validation/config.ts";

/** `stringData` is a way to write `data` without base64: it is never stored. */
function mergeStringData(secret: KubeObject): void {
  const plain = secret["stringData"];
  if (isObject(plain)) {
    const data = member(secret, "data");
    for (const [key, value] of Object.entries(plain)) data[key] = Buffer.from(String(value)).toString("base64");
  }
  delete secret["stringData"];
}

export const secretRules: Rules = {
  defaults(secret) {
    mergeStringData(secret);
    defaultSecret(secret);
  },
  validate: secretProblems,
  validateUpdate: secretUpdateProblems,
  selectable: { type: (secret) => stringAt(secret, "type") ?? "" },
};

export const configMapRules: Rules = { validate: configMapProblems, validateUpdate: configMapUpdateProblems };
