import assert from "node:assert/strict";
import { KeyObject, webcrypto } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { bundle, certificateFacts, type KeyPair, readKeyPair } from "./certificate.ts";
import { issueAuthority } from "./issue.ts";
import { type IssuedCertificates, issueCertificates } from "./issue-certificates.ts";
import { isSettled, planCertificates } from "./plan-certificates.ts";
import {
  type AuthorityState,
  authorityFromTexts,
  authorityTexts,
  type CertificateState,
  trustBundle,
} from "./state.ts";
import {
  DAY_MS,
  LEAF_VALIDITY_MS,
  PROVIDED_OVERLAP_MS,
  RENEW_BEFORE_MS,
  ROTATION_OVERLAP_MS,
  type WantedCertificates,
} from "./wanted.ts";

const start = Date.parse("2026-11-21T08:00:00Z");
const wanted: WantedCertificates = {
  authority: { commonName: "hello-ca" },
  leafs: [
    {
      name: "server",
      commonName: "hello-postgres",
      dnsNames: ["hello-primary.default.svc", "*.hello-pods.default.svc"],
    },
    { name: "replication", commonName: "_crunchyrepl", dnsNames: [] },
  ],
};
const empty: CertificateState = { leafs: {} };

async function settle(state: CertificateState, now: number, wish = wanted): Promise<IssuedCertificates> {
  for (let round = 0; round < 5; round++) {
    const plan = planCertificates(state, wish, now);
    if (isSettled(plan) && state.authority !== undefined) return { authority: state.authority, leafs: state.leafs };
    state = await issueCertificates(plan, { state, wanted: wish, now });
  }
  throw new Error("did not settle");
}

/** Whether a peer with this bundle accepts a certificate at a time: signed by one of the bundle, both valid. */
function accepts(trusted: string, pair: KeyPair, now: number): boolean {
  const leaf = certificateFacts(pair.certificate);
  const roots = (trusted.match(/-----BEGIN[\s\S]+?-----END CERTIFICATE-----/g) ?? []).map(certificateFacts);
  const valid = ({ notBefore, notAfter }: { notBefore: number; notAfter: number }) =>
    notBefore <= now && now < notAfter;
  return valid(leaf) && roots.some((root) => valid(root) && leaf.isSignedBy(root));
}

test("a new cluster gets an authority and its leafs, and then nothing more", async () => {
  const first = planCertificates(empty, wanted, start);
  assert.deepEqual(first.authority, { type: "create", reason: "Missing" });
  assert.deepEqual(
    first.leafs.map(({ name, reason }) => `${name} ${reason}`),
    ["server Missing", "replication Missing"],
  );
  const state = await issueCertificates(first, { state: empty, wanted, now: start });
  const server = readKeyPair(state.leafs["server"]);
  assert.deepEqual(server?.dnsNames, ["*.hello-pods.default.svc", "hello-primary.default.svc"]);
  assert.equal(server?.commonName, "hello-postgres");
  assert.ok(accepts(trustBundle(state.authority), state.leafs["server"] as KeyPair, start));
  const again = planCertificates(state, wanted, start);
  assert.ok(isSettled(again));
  assert.ok(Math.abs(again.nextAt - (start + LEAF_VALIDITY_MS - RENEW_BEFORE_MS)) < 1000);
});

test("a leaf is made anew when it is missing, broken, of another key, has other names, or ends soon; the others stay", async () => {
  const state = await settle(empty, start);
  const server = state.leafs["server"] as KeyPair;
  const other = state.leafs["replication"] as KeyPair;
  const cases: [string, KeyPair | undefined, number, WantedCertificates][] = [
    ["Missing", undefined, start, wanted],
    ["Unreadable", { certificate: "garbage", key: server.key }, start, wanted],
    ["Unreadable", { certificate: server.certificate, key: other.key }, start, wanted],
    ["SubjectChanged", other, start, wanted],
  ];
  for (const [reason, pair, now, wish] of cases) {
    const changed = { ...state, leafs: { replication: other, ...(pair && { server: pair }) } };
    const plan = planCertificates(changed, wish, now);
    assert.deepEqual(plan.leafs, [{ name: "server", reason }]);
    const repaired = await issueCertificates(plan, { state: changed, wanted: wish, now });
    assert.equal(repaired.leafs["replication"], other);
    assert.ok(isSettled(planCertificates(repaired, wish, now)));
  }
  const moreNames = {
    ...wanted,
    leafs: wanted.leafs.map((leaf) => ({ ...leaf, dnsNames: [...leaf.dnsNames, "db.example.com"] })),
  };
  assert.deepEqual(
    planCertificates(state, moreNames, start).leafs.map(({ reason }) => reason),
    ["NamesChanged", "NamesChanged"],
  );
  const late = start + LEAF_VALIDITY_MS - RENEW_BEFORE_MS;
  assert.equal(planCertificates(state, wanted, late - 1000).leafs.length, 0);
  assert.deepEqual(
    planCertificates(state, wanted, late).leafs.map(({ reason }) => reason),
    ["Expiring", "Expiring"],
  );
});

test("a deleted authority is replaced at once, with all that it signed", async () => {
  const state = await settle(empty, start);
  const plan = planCertificates({ leafs: state.leafs }, wanted, start);
  assert.deepEqual(
    plan.leafs.map(({ reason }) => reason),
    ["NewAuthority", "NewAuthority"],
  );
});

test("over fifteen years nobody ever meets a peer that he does not trust, even when one overlap behind", async () => {
  await fc.assert(
    fc.asyncProperty(fc.double({ min: 0, max: 0.99, noNaN: true }), async (lag) => {
      let state = await settle(empty, start);
      let behind = state;
      let behindSince = start;
      let rotations = 0;
      for (let now = start; now < start + 15 * 365 * DAY_MS; ) {
        const plan = planCertificates(state, wanted, now);
        if (!isSettled(plan)) {
          if (plan.authority.type === "promote") rotations++;
          [behind, behindSince] = [state, now];
          state = await issueCertificates(plan, { state, wanted, now });
        }
        for (const at of [now, Math.min(now + lag * ROTATION_OVERLAP_MS, behindSince + lag * ROTATION_OVERLAP_MS)]) {
          for (const name of ["server", "replication"]) {
            const [fresh, stale] = [state.leafs[name] as KeyPair, behind.leafs[name] as KeyPair];
            assert.ok(accepts(trustBundle(state.authority), fresh, at));
            assert.ok(accepts(trustBundle(behind.authority), fresh, at), "a peer that is behind trusts the new one");
            assert.ok(accepts(trustBundle(state.authority), stale, at), "a peer that is ahead trusts the old one");
          }
        }
        const { nextAt } = planCertificates(state, wanted, now);
        now = Math.max(now, nextAt);
      }
      assert.equal(rotations, 1);
      assert.equal(state.authority.previous, undefined);
    }),
    { numRuns: 3 },
  );
});

async function usersAuthority(commonName = "our company"): Promise<{ provided: KeyPair; wish: WantedCertificates }> {
  const issued = await issueAuthority(commonName, { now: start, validityMs: 1000 * DAY_MS });
  const provided = { ...issued, provided: true };
  return { provided, wish: { ...wanted, authority: { ...wanted.authority, provided } } };
}

test("a user's authority takes over after the overlap", async () => {
  const { provided, wish } = await usersAuthority();
  let state = await settle(await settle(empty, start), start, wish);
  assert.equal(bundle(trustBundle(state.authority)).match(/BEGIN/g)?.length, 2);
  assert.notEqual(state.authority.current.certificate, provided.certificate);
  state = await settle(state, start + 600_000, wish);
  assert.equal(state.authority.current.certificate, provided.certificate);
  for (const pair of Object.values(state.leafs)) assert.ok(accepts(provided.certificate, pair, start + 600_000));
});

test("a user's authority that is taken back before it signs is dropped at once, and so is one that another replaced", async () => {
  const { provided, wish } = await usersAuthority();
  const own = await settle(empty, start);
  const announced = await settle(own, start, wish);
  for (const wished of [wanted, { ...wish, authority: { ...wish.authority, provided: own.authority.current } }]) {
    const plan = planCertificates(announced, wished, start + DAY_MS);
    assert.deepEqual([plan.authority, plan.leafs], [{ type: "withdraw" }, []]);
    assert.deepEqual((await settle(announced, start + DAY_MS, wished)).authority, own.authority);
  }
  const other = await usersAuthority("another company");
  const changed = await settle(announced, start + 60_000, other.wish);
  assert.equal(changed.authority.next?.certificate, other.provided.certificate);
  assert.ok(!trustBundle(changed.authority).includes(provided.certificate));
});

test("a user's authority that signs and is taken back is followed by one of ours, and then nobody trusts it", async () => {
  const { provided, wish } = await usersAuthority();
  const back = start + 2 * PROVIDED_OVERLAP_MS;
  const users = await settle(await settle(empty, start, wish), back, wish);
  assert.equal(users.authority.current.certificate, provided.certificate);
  assert.deepEqual(planCertificates(users, wanted, back).authority, { type: "announce", reason: "TakenBack" });
  const steps = [users];
  for (const overlaps of [0, 1, 2])
    steps.push(await settle(steps.at(-1) ?? users, back + overlaps * PROVIDED_OVERLAP_MS, wanted));
  const [, announced, promoted, retired] = steps as [IssuedCertificates, ...IssuedCertificates[]];
  assert.deepEqual(announced?.leafs, users.leafs);
  assert.equal(promoted?.authority.current.certificate, announced?.authority.next?.certificate);
  assert.ok(!trustBundle(retired?.authority as AuthorityState).includes(provided.certificate));
  assert.equal(certificateFacts(retired?.authority.current.certificate ?? "").commonName, "hello-ca");
  assert.ok(isSettled(planCertificates(retired ?? empty, wanted, back + DAY_MS)));
  for (const [index, state] of steps.entries()) {
    const behind = steps[index - 1] ?? state;
    const now = back + index * PROVIDED_OVERLAP_MS - 1;
    for (const name of ["server", "replication"]) {
      assert.ok(accepts(trustBundle(behind.authority), state.leafs[name] as KeyPair, now));
      assert.ok(accepts(trustBundle(state.authority), behind.leafs[name] as KeyPair, now));
    }
  }
});

/** The same without the marks, as they were written once. */
function unmarked(state: IssuedCertificates): IssuedCertificates {
  const texts = Object.entries(authorityTexts(state.authority)).filter(([key]) => !key.endsWith(".provided"));
  const authority = authorityFromTexts(Object.fromEntries(texts));
  assert.ok(authority !== undefined);
  return { ...state, authority };
}

test("a user's authority that was taken when that was not noted is marked, once, whether it signs or is announced", async () => {
  const { wish } = await usersAuthority();
  const own = await settle(empty, start);
  for (const [which, state] of [
    ["current", await settle(empty, start, wish)],
    ["next", await settle(own, start, wish)],
  ] as const) {
    const before = unmarked(state);
    const now = start + PROVIDED_OVERLAP_MS;
    const plan = planCertificates(before, wish, now);
    assert.deepEqual([plan.authority, plan.leafs], [{ type: "mark", which }, []]);
    const marked = await issueCertificates(plan, { state: before, wanted: wish, now });
    assert.deepEqual(marked, state);
    assert.notEqual(planCertificates(marked, wish, now).authority.type, "mark");
  }
});

test("one of ours that stays in the place of the user's is not marked, also when nothing else is there", async () => {
  const own = await settle(empty, start);
  const wish = { ...wanted, authority: { ...wanted.authority, provided: own.authority.current } };
  assert.deepEqual(planCertificates(own, wish, start).authority, { type: "keep" });
  assert.equal((await settle(empty, start, wish)).authority.current.provided, undefined);
});

test("a user's authority that is given back while ours is announced in its place goes on signing", async () => {
  const { wish } = await usersAuthority();
  const users = await settle(empty, start, wish);
  const announced = await settle(users, start, wanted);
  assert.equal(announced.authority.next?.provided, undefined);
  assert.deepEqual((await settle(announced, start + DAY_MS, wish)).authority, users.authority);
});

test("however a user gives authorities and takes them back, a peer less than an overlap behind trusts and is trusted", async () => {
  const wishes = [wanted, (await usersAuthority()).wish, (await usersAuthority("another company")).wish];
  const change = fc.record({ wish: fc.nat(2), minutes: fc.constantFrom(3, 6, 12, 24) });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 8 }), async (changes) => {
      let seen = [{ state: await settle(empty, start), until: Number.POSITIVE_INFINITY }];
      let now = start;
      const move = async (wish: WantedCertificates): Promise<void> => {
        const state = await settle(seen[0]?.state ?? empty, now, wish);
        const replaced = seen.map(({ state, until }) => ({ state, until: Math.min(until, now) }));
        seen = [{ state, until: Number.POSITIVE_INFINITY }, ...replaced.filter(isRecent)];
        for (const behind of seen) {
          assert.ok(accepts(trustBundle(behind.state.authority), state.leafs["server"] as KeyPair, now));
          assert.ok(accepts(trustBundle(state.authority), behind.state.leafs["server"] as KeyPair, now));
        }
      };
      const isRecent = ({ until }: { until: number }): boolean => until > now - PROVIDED_OVERLAP_MS;
      for (const { wish, minutes } of changes) {
        for (const end = now + minutes * 60_000; now < end; now += 180_000) await move(wishes[wish] ?? wanted);
      }
    }),
    { numRuns: 10 },
  );
});

test("a user's RSA authority signs too", async () => {
  const { X509CertificateGenerator, BasicConstraintsExtension } = await import("@peculiar/x509");
  const algorithm = {
    name: "RSASSA-PKCS1-v1_5",
    hash: "SHA-256",
    publicExponent: new Uint8Array([1, 0, 1]),
    modulusLength: 2048,
  };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const root = await X509CertificateGenerator.createSelfSigned({
    name: "CN=company",
    keys,
    signingAlgorithm: algorithm,
    notBefore: new Date(start - DAY_MS),
    notAfter: new Date(start + 3650 * DAY_MS),
    extensions: [new BasicConstraintsExtension(true)],
  });
  const key = KeyObject.from(keys.privateKey).export({ format: "pem", type: "pkcs1" }).toString();
  const provided = { certificate: root.toString("pem"), key };
  const state = await settle(empty, start, { ...wanted, authority: { commonName: "unused", provided } });
  for (const pair of Object.values(state.leafs)) assert.ok(accepts(provided.certificate, pair, start));
});

test("the authority goes into a Secret and comes back", async () => {
  const state = await settle(empty, start);
  assert.deepEqual(authorityFromTexts(authorityTexts(state.authority)), state.authority);
  const rotating = {
    ...state.authority,
    next: { ...state.authority.current, since: start },
    previous: { bundle: state.authority.current.certificate, since: start },
  };
  assert.deepEqual(authorityFromTexts(authorityTexts(rotating)), rotating);
  const users = {
    current: { ...rotating.current, provided: true },
    next: { ...rotating.next, provided: true },
    previous: { ...rotating.previous, provided: true },
  };
  assert.deepEqual(authorityFromTexts(authorityTexts(users)), users);
  assert.equal(authorityFromTexts({ "root.crt": "x" }), undefined);
});
