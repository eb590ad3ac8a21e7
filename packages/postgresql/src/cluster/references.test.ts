import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { pgCluster } from "../testing/fixtures.ts";
import { referenceProblem, references } from "./references.ts";

const repos = [{ name: "repo1", volume: { volumeClaimSpec: {} } }];
const variable = (name: string, from: object) => ({ name, valueFrom: from });
const container = (name: string, more: object) => ({ name, image: "x", ...more });
const volume = (name: string, more: object) => ({ name, ...more });

/** As `KIND NAME (KEYS) FIELD`. */
const found = (spec: object): string[] =>
  references(pgCluster(spec as never)).map(
    ({ kind, name, keys, field }) => `${kind} ${name} (${keys.join(" ")}) ${field}`,
  );

const set = (more: object) => ({ instances: [{ name: "i", dataVolumeClaimSpec: {}, ...more }] });

describe("what pods refer to is found, with the field that names it:", () => {
  const CASES: readonly (readonly [what: string, spec: object, expected: readonly string[]])[] = [
    ["nothing", {}, []],
    [
      "configuration of pgBackRest",
      {
        backups: {
          pgbackrest: { repos, configuration: [{ secret: { name: "s3" } }, { configMap: { name: "more" } }] },
        },
      },
      [
        "Secret s3 () spec.backups.pgbackrest.configuration[0].secret",
        "ConfigMap more () spec.backups.pgbackrest.configuration[1].configMap",
      ],
    ],
    [
      "variables of the repository host, and its sidecars",
      {
        backups: {
          pgbackrest: {
            repos,
            envFrom: [{ secretRef: { name: "keys" } }],
            repoHost: { sidecars: [container("s", { envFrom: [{ configMapRef: { name: "m" } }] })] },
          },
        },
      },
      [
        "Secret keys () spec.backups.pgbackrest.envFrom[0].secretRef",
        "ConfigMap m () spec.backups.pgbackrest.repoHost.sidecars[s].envFrom[0].configMapRef",
      ],
    ],
    [
      "files",
      { config: { files: [{ secret: { name: "keytab", items: [{ key: "krb5", path: "krb5.keytab" }] } }] } },
      ["Secret keytab (krb5) spec.config.files[0].secret"],
    ],
    [
      "an instance's variables",
      set({
        env: [variable("A", { secretKeyRef: { name: "a", key: "k" } })],
        envFrom: [{ configMapRef: { name: "b" } }],
      }),
      [
        "Secret a (k) spec.instances[i].env[A].valueFrom.secretKeyRef",
        "ConfigMap b () spec.instances[i].envFrom[0].configMapRef",
      ],
    ],
    [
      "an instance's other containers and volumes",
      set({
        sidecars: [container("s", { env: [variable("A", { configMapKeyRef: { name: "a", key: "k" } })] })],
        initContainers: [container("t", { envFrom: [{ secretRef: { name: "b" } }] })],
        sidecarVolumes: [volume("v", { secret: { secretName: "c" } })],
        extraVolumes: [
          { name: "w", volumeSource: { projected: { sources: [{ configMap: { name: "d" } }] } }, mounts: [] },
        ],
      }),
      [
        "ConfigMap a (k) spec.instances[i].sidecars[s].env[A].valueFrom.configMapKeyRef",
        "Secret c () spec.instances[i].sidecarVolumes[v].secret",
        "Secret b () spec.instances[i].initContainers[t].envFrom[0].secretRef",
        "ConfigMap d () spec.instances[i].extraVolumes[w].volumeSource.projected.sources[0].configMap",
      ],
    ],
    [
      "the pooler's",
      {
        proxy: {
          pgBouncer: {
            envFrom: [{ secretRef: { name: "p" } }],
            sidecarVolumes: [volume("v", { configMap: { name: "q" } })],
          },
        },
      },
      [
        "Secret p () spec.proxy.pgBouncer.envFrom[0].secretRef",
        "ConfigMap q () spec.proxy.pgBouncer.sidecarVolumes[v].configMap",
      ],
    ],
    [
      "nothing that is optional, plain, or the operator's to make",
      set({
        env: [{ name: "A", value: "1" }, variable("B", { secretKeyRef: { name: "b", key: "k", optional: true } })],
        sidecars: [
          container("s", { env: [variable("C", { secretKeyRef: { name: "orders-pguser-orders", key: "uri" } })] }),
        ],
        sidecarVolumes: [
          volume("ca", { secret: { secretName: "orders-cluster-cert" } }),
          volume("config", { configMap: { name: "orders-config" } }),
        ],
      }),
      [],
    ],
  ];
  for (const [what, spec, expected] of CASES) test(what, () => assert.deepEqual(found(spec), expected));
});

test("a problem names the field, what it names, and the remedy", () => {
  const reference = {
    kind: "ConfigMap",
    name: "m",
    keys: ["a", "b"],
    field: "spec.config.files[0].configMap",
  } as const;
  assert.equal(referenceProblem(reference, new Set(["a", "b", "c"])), undefined);
  const missing = referenceProblem(reference, undefined);
  assert.deepEqual([missing?.reason, missing?.field], ["ConfigMapNotFound", reference.field]);
  assert.match(missing?.message ?? "", /^ConfigMap m does not exist\. Create it/);
  const partial = referenceProblem({ ...reference, kind: "Secret" }, new Set(["a"]));
  assert.equal(partial?.reason, "SecretInvalid");
  assert.match(partial?.message ?? "", /^Secret m has no key b\. Add it/);
});
