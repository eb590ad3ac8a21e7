/** Fills Secrets of type service-account-token, and removes them with their account. */
import { Controller, keyOf, kinds, mapped, own } from "@keelson/kube";
import { isTerminating } from "../objects/pod-state.ts";
import type { Part, Runtime } from "../runtime.ts";

const TYPE = "kubernetes.io/service-account-token";
const ACCOUNT_NAME = "kubernetes.io/service-account.name";
const ACCOUNT_UID = "kubernetes.io/service-account.uid";
/** These tokens are meant to last; the API server may hold them shorter. */
const LIFETIME_SECONDS = 10 * 365 * 86_400;

/** The controller; start it with `run`. */
export function tokenSecretController(runtime: Runtime): Part {
  const { cache, client, logger, settings } = runtime;
  const secrets = cache.informer(kinds.Secret, { fieldSelector: `type=${TYPE}` });
  const accounts = cache.informer(kinds.ServiceAccount);
  return new Controller({
    name: "serviceaccount-token",
    logger,
    sources: [
      own(secrets, { when: ({ type }) => type !== "deleted" }),
      mapped(accounts, ({ object }) =>
        secrets
          .list(object.metadata.namespace)
          .filter((secret) => secret.metadata.annotations?.[ACCOUNT_NAME] === object.metadata.name)
          .map(keyOf),
      ),
    ],
    reconcile: async (key: string, signal: AbortSignal) => {
      const secret = secrets.get(key);
      if (secret === undefined || isTerminating(secret)) return;
      const { namespace, name, annotations = {}, uid } = secret.metadata;
      const accountName = annotations[ACCOUNT_NAME];
      if (accountName === undefined) return;
      const account = accounts.get({ namespace, name: accountName });
      const other = annotations[ACCOUNT_UID] !== undefined && annotations[ACCOUNT_UID] !== account?.metadata.uid;
      if (account === undefined || other) {
        const live = await client.get(kinds.ServiceAccount, { namespace, name: accountName }, { signal });
        if (live === undefined || (annotations[ACCOUNT_UID] ?? live.metadata.uid) !== live.metadata.uid) {
          await client.delete(kinds.Secret, { namespace, name }, { uid, signal });
        }
        return;
      }
      const have = secret["data"] ?? {};
      if (
        have["token"] !== undefined &&
        have["namespace"] !== undefined &&
        have["ca.crt"] === encoded(settings.clusterCa)
      )
        return;
      const boundObjectRef = { apiVersion: "v1", kind: "Secret", name, uid };
      const spec = { audiences: [], expirationSeconds: LIFETIME_SECONDS, boundObjectRef };
      const token =
        have["token"] ?? encoded((await client.createToken({ namespace, name: accountName }, spec, { signal })).token);
      const data = { token, namespace: encoded(namespace ?? ""), "ca.crt": encoded(settings.clusterCa) };
      const body = { metadata: { uid, annotations: { [ACCOUNT_UID]: account.metadata.uid } }, data };
      await client.patch(kinds.Secret, { namespace, name }, { type: "merge", body }, { signal });
    },
  });
}

function encoded(text: string): string {
  return Buffer.from(text).toString("base64");
}
