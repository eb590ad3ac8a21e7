/** A user's Secret on API servers, which let nobody change the type of a Secret. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { isInvalid, kinds } from "@keelson/kube";
import { apiServerMissing, startApiServer, type TestApiServer } from "@keelson/kube/testing";
import { pgCluster } from "../src/testing/fixtures.ts";
import { userSecret } from "../src/users/secrets.ts";

const random = (size: number): Uint8Array => new Uint8Array(size).fill(7);
const namespace = "prod";

for (const real of [false, true]) {
  describe(real ? "kube-apiserver" : "our API server", { skip: apiServerMissing({ real }) }, () => {
    let server: TestApiServer;
    before(async () => {
      server = await startApiServer({ real });
      await server.namespace(namespace);
    });
    after(() => server.stop());

    const c = pgCluster();
    const [user] = c.users;
    assert.ok(user);

    test("one of another type is taken over as it is", async () => {
      const { client } = server;
      const name = user.secretName;
      const stringData = { username: "orders", password: "mine" };
      await client.create(kinds.Secret, {
        metadata: { namespace, name },
        type: "kubernetes.io/basic-auth",
        stringData,
      });
      const applied = await client.apply(kinds.Secret, userSecret(c, user, stringData, random));
      assert.equal(applied.type, "kubernetes.io/basic-auth");
      assert.ok((applied.data?.["verifier"] ?? "").length > 0 && (applied.data?.["username"] ?? "").length > 0);
      await assert.rejects(
        client.apply(kinds.Secret, { ...userSecret(c, user, stringData, random), type: "Opaque" }),
        isInvalid,
      );
    });

    test("one that was applied with a type, as earlier versions did, keeps it", async () => {
      const { client } = server;
      const secret = userSecret(c, { ...user, secretName: "earlier" }, undefined, random);
      const before = await client.apply(kinds.Secret, { ...secret, type: "Opaque" });
      const now = await client.apply(kinds.Secret, secret);
      assert.deepEqual([now.type, now.metadata.uid], ["Opaque", before.metadata.uid]);
    });
  });
}
