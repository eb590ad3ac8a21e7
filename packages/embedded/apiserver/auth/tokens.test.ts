/** Tokens end with what they are bound to. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { InProcessServer } from "../testing/in-process.ts";

test("a token that is bound to a node ends with that Node", async () => {
  const server = await InProcessServer.start();
  try {
    const { store, authenticator } = server.platform;
    await server.store("serviceaccounts", { metadata: { namespace: "default", name: "app", uid: "1" } });
    await server.store("nodes", { metadata: { name: "n", uid: "2" } });
    await server.store("pods", {
      metadata: { namespace: "default", name: "p", uid: "3" },
      spec: { nodeName: "n", serviceAccountName: "app" },
    });
    const ask = async (kind: string, name: string): Promise<string> => {
      const path = "/api/v1/namespaces/default/serviceaccounts/app/token";
      const answer = await server.send("POST", path, { body: { spec: { boundObjectRef: { kind, name } } } });
      return (answer.json.status as { token: string }).token;
    };
    const [ofNode, ofPod] = [await ask("Node", "n"), await ask("Pod", "p")];
    const isGood = async (token: string): Promise<boolean> =>
      (await authenticator.tokenUser(token, authenticator.audiences)) !== undefined;
    assert.deepEqual([await isGood(ofNode), await isGood(ofPod)], [true, true]);
    const found = await authenticator.tokenUser(ofNode, authenticator.audiences);
    assert.deepEqual(found?.user.extra?.["authentication.kubernetes.io/node-name"], ["n"]);
    await store.remove("nodes", "n");
    assert.deepEqual([await isGood(ofNode), await isGood(ofPod)], [false, true]);
    await server.store("nodes", { metadata: { name: "n", uid: "another" } });
    assert.equal(await isGood(ofNode), false);

    const deleted = (msAgo: number) => ({
      metadata: {
        namespace: "default",
        name: "p",
        uid: "3",
        deletionTimestamp: new Date(Date.now() - msAgo).toISOString(),
      },
      spec: { nodeName: "n", serviceAccountName: "app" },
    });
    await server.store("pods", deleted(30_000));
    assert.equal(await isGood(ofPod), true);
    await server.store("pods", deleted(90_000));
    assert.equal(await isGood(ofPod), false);
  } finally {
    await server[Symbol.asyncDispose]();
  }
});
