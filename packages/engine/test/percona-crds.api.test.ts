/**
 * What Percona's CRDs and ours make of the same manifests: the same objects, the same refusals. On our API server and on the real one.
 * Theirs are installed under another group, so that both can be asked side by side.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { ApiError, defineKind, type KubeObject, kinds } from "@keelson/kube";
import { apiServerMissing, perconaManifests, startApiServer, type TestApiServer, until } from "@keelson/kube/testing";
import { type CustomResourceDefinition, customResourceDefinition, definitions } from "@keelson/resources/definitions";
import { parse, parseAllDocuments } from "yaml";

const { folder: percona, missing } = perconaManifests("postgresql");

const OURS = "pgv2.percona.com";
const THEIRS = "pgv2.percona.example.com";
const namespace = "manifests";

type Manifest = KubeObject & { kind: string; metadata: { name: string }; spec: Record<string, unknown> };
type Change = (spec: Record<string, unknown>) => void;

interface Outcome {
  readonly spec?: unknown;
  readonly refused?: string;
}

const crdKind = defineKind<
  CustomResourceDefinition & KubeObject & { status?: { conditions?: { type: string; status: string }[] } }
>({
  group: "apiextensions.k8s.io",
  version: "v1",
  kind: "CustomResourceDefinition",
  namespaced: false,
});

function theirCrds(): CustomResourceDefinition[] {
  return parseAllDocuments(readFileSync(`${percona}/crd.yaml`, "utf8"))
    .map((document): CustomResourceDefinition => document.toJS())
    .filter((crd) => crd.spec.group === OURS)
    .map((crd) => ({
      ...crd,
      metadata: { labels: {}, name: `${crd.spec.names.plural}.${THEIRS}` },
      spec: { ...crd.spec, group: THEIRS },
    }));
}

async function install({ client }: TestApiServer, crds: readonly CustomResourceDefinition[]): Promise<void> {
  for (const crd of crds) {
    const { name } = crd.metadata;
    await client.apply(crdKind, crd);
    await until(`${name} is established`, async () => {
      const { status } = (await client.get(crdKind, { name })) ?? {};
      return status?.conditions?.some(({ type, status }) => type === "Established" && status === "True");
    });
  }
}

const sample = (file: string): Manifest => parse(readFileSync(`${percona}/${file}`, "utf8"));
const changed = (file: string, change: Change): Manifest => {
  const manifest = sample(file);
  change(manifest.spec);
  return manifest;
};
const at = (value: unknown, ...path: (string | number)[]) =>
  path.reduce((inner, key) => (inner as Record<string | number, unknown>)[key], value) as Record<string, unknown>;

/** Manifests that are right, and ones with a mistake each. */
const manifests: Record<string, () => Manifest> = {
  "sample cluster": () => sample("cr.yaml"),
  "sample backup": () => sample("backup.yaml"),
  "sample restore": () => sample("restore.yaml"),
  "sample upgrade": () => sample("upgrade.yaml"),
  "backups off": () => changed("cr.yaml", (spec) => Object.assign(spec, { backups: { enabled: false } })),
  "numbers as quantities": () =>
    changed("cr.yaml", (spec) =>
      Object.assign(at(spec, "instances", 0), { resources: { limits: { cpu: 2, memory: "0.5Gi" } } }),
    ),
  "a sidecar with ports and probes": () =>
    changed("cr.yaml", (spec) =>
      Object.assign(at(spec, "instances", 0), {
        sidecars: [
          {
            name: "side",
            ports: [{ containerPort: 80 }],
            livenessProbe: { grpc: { port: 80 }, httpGet: { port: "web" } },
          },
        ],
        sidecarVolumes: [
          { name: "v", rbd: { image: "i", monitors: ["m"] }, ephemeral: { volumeClaimTemplate: { spec: {} } } },
        ],
      }),
    ),
  "unknown fields": () =>
    changed("cr.yaml", (spec) =>
      Object.assign(spec, { postgresVersions: 17, instances: [{ ...at(spec, "instances", 0), x: 1 }] }),
    ),
  "any Patroni setting": () =>
    changed("cr.yaml", (spec) =>
      Object.assign(spec, { patroni: { dynamicConfiguration: { slots: { a: { type: "physical" } }, ttl: 20 } } }),
    ),
  "no version": () => changed("cr.yaml", (spec) => delete spec["postgresVersion"]),
  "a version that is too old": () => changed("cr.yaml", (spec) => Object.assign(spec, { postgresVersion: 11 })),
  "no instances": () => changed("cr.yaml", (spec) => Object.assign(spec, { instances: [] })),
  "no replicas": () => changed("cr.yaml", (spec) => Object.assign(at(spec, "instances", 0), { replicas: 0 })),
  "two sets of one name": () =>
    changed("cr.yaml", (spec) =>
      Object.assign(spec, { instances: [at(spec, "instances", 0), at(spec, "instances", 0)] }),
    ),
  "no backups section": () => changed("cr.yaml", (spec) => delete spec["backups"]),
  "no repositories": () =>
    changed("cr.yaml", (spec) => Object.assign(at(spec, "backups", "pgbackrest"), { repos: [] })),
  "a fifth repository": () =>
    changed("cr.yaml", (spec) => Object.assign(at(spec, "backups", "pgbackrest", "repos", 0), { name: "repo5" })),
  "a privileged port": () => changed("cr.yaml", (spec) => Object.assign(spec, { port: 80 })),
  "an unknown pull policy": () => changed("cr.yaml", (spec) => Object.assign(spec, { imagePullPolicy: "Sometimes" })),
  "a user with a semicolon": () =>
    changed("cr.yaml", (spec) => Object.assign(spec, { users: [{ name: "a", options: "LOGIN; DROP" }] })),
  "public schema on 14": () =>
    changed("cr.yaml", (spec) =>
      Object.assign(spec, { postgresVersion: 14, users: [{ name: "a", grantPublicSchemaAccess: true }] }),
    ),
  "encryption without a vault": () =>
    changed("cr.yaml", (spec) => Object.assign(spec, { extensions: { pg_tde: { enabled: true } } })),
  "a parameter that is ours": () =>
    changed("cr.yaml", (spec) => Object.assign(spec, { config: { parameters: { ssl: "off", archive_mode: "off" } } })),
  "crVersion in words": () => changed("cr.yaml", (spec) => Object.assign(spec, { crVersion: "latest" })),
  "text where a number belongs": () =>
    changed("cr.yaml", (spec) => Object.assign(at(spec, "instances", 0), { replicas: "three" })),
  "a quantity with a blank": () =>
    changed("cr.yaml", (spec) => Object.assign(at(spec, "instances", 0), { resources: { limits: { cpu: "1 core" } } })),
  "a backup without a repository": () => changed("backup.yaml", (spec) => delete spec["repoName"]),
  "a restore of nothing": () => changed("restore.yaml", (spec) => delete spec["repoName"]),
  "an upgrade to 19": () => changed("upgrade.yaml", (spec) => Object.assign(spec, { toPostgresVersion: 19 })),
};

/** Creates the manifest in a group, without keeping it. */
async function create({ client }: TestApiServer, manifest: Manifest, group: string): Promise<Outcome> {
  const kind = defineKind<Manifest>({ group, version: "v2", kind: manifest.kind });
  const object = {
    ...manifest,
    apiVersion: `${group}/v2`,
    metadata: { ...manifest.metadata, namespace, finalizers: [] },
  };
  try {
    const { spec } = await client.create(kind, object, { dryRun: true });
    return { spec };
  } catch (error) {
    if (error instanceof ApiError) return { refused: error.message.replaceAll(group, "GROUP") };
    throw error;
  }
}

/** What our CRDs led to, by server and manifest. */
const outcomes = { ours: new Map<string, Outcome>(), real: new Map<string, Outcome>() };

for (const real of [false, true]) {
  describe(real ? "kube-apiserver" : "our API server", { skip: missing ?? apiServerMissing({ real }) }, () => {
    let server: TestApiServer;
    const loadMs: number[] = [];
    before(async () => {
      server = await startApiServer({ real });
      await server.client.create(kinds.Namespace, { metadata: { name: namespace } });
      for (const crds of [definitions.map(customResourceDefinition), theirCrds()]) {
        const began = performance.now();
        await install(server, crds);
        loadMs.push(Math.round(performance.now() - began));
      }
    });
    after(() => server?.stop());

    for (const [name, manifest] of Object.entries(manifests)) {
      test(name, async () => {
        const [ours, theirs] = [await create(server, manifest(), OURS), await create(server, manifest(), THEIRS)];
        outcomes[real ? "real" : "ours"].set(name, ours);
        assert.deepEqual(ours, theirs);
        if (/^(sample|backups off|numbers|a sidecar|unknown|any)/.test(name)) assert.equal(ours.refused, undefined);
        else assert.ok(ours.refused !== undefined, "it is refused");
      });
    }

    test("CRDs are installed within a second each", (t) => {
      t.diagnostic(`ours ${loadMs[0]} ms, theirs ${loadMs[1]} ms, four CRDs each`);
      for (const ms of loadMs) assert.ok(ms < 4000 * (real ? 5 : 1));
    });
  });
}

const skipReferee = missing ?? apiServerMissing({ real: true }) ?? apiServerMissing({ real: false });

test("our API server answers as the real one does", { skip: skipReferee }, () => {
  for (const name of Object.keys(manifests)) {
    const [ours, real] = [outcomes.ours.get(name), outcomes.real.get(name)];
    assert.deepEqual(ours?.spec, real?.spec, name);
    assert.equal(ours?.refused, real?.refused, name);
  }
});
