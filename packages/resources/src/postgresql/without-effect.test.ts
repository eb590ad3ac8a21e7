import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { customResourceDefinition } from "../crd/crd.ts";
import { NO_EFFECT, postgresqlDefinitions } from "./definitions.ts";
import { fieldsWithoutEffect, withoutEffect } from "./without-effect.ts";

const fieldsOf = (spec: object): string[] => fieldsWithoutEffect(spec).map(({ field }) => field);

test("names the fields that a manifest sets and that do nothing, with the entry of a list that sets them", () => {
  assert.deepEqual(
    fieldsOf({
      openshift: true,
      instances: [{ name: "one" }, { name: "two", initContainer: { image: "x" } }, { initContainer: { image: "x" } }],
      backups: { pgbackrest: { manual: { repoName: "repo1" } } },
      patroni: { dynamicConfiguration: { ttl: 60, postgresql: { parameters: { ssl: "off", work_mem: "4MB" } } } },
      users: [{ name: "monitor" }, { name: "app" }],
    }),
    [
      "spec.backups.pgbackrest.manual",
      "spec.instances[two].initContainer",
      "spec.instances[2].initContainer",
      "spec.openshift",
      "spec.users[monitor].name",
      "spec.patroni.dynamicConfiguration.ttl",
      "spec.patroni.dynamicConfiguration.postgresql.parameters.ssl",
    ],
  );
});

test("what is off or empty asks for nothing", () => {
  const off = {
    openshift: false,
    pmm: { enabled: false, image: "x" },
    extensions: { storage: {} },
    logcollector: null,
  };
  assert.deepEqual(fieldsOf(off), []);
  const parameters = { track_commit_timestamp: "off" };
  const tracking = { patroni: { dynamicConfiguration: { postgresql: { parameters } } } };
  assert.equal(fieldsOf(tracking).length, 1);
  assert.deepEqual(fieldsOf({ ...tracking, backups: { trackLatestRestorableTime: false } }), []);
});

interface Node {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
}

/** The description of a field in the CRD; undefined where the schema takes anything or is one of Kubernetes' own. */
function description(schema: Node | undefined, path: string): string | undefined {
  return path
    .split(".")
    .reduce<Node | undefined>(
      (node, segment) =>
        segment.endsWith("[]") ? node?.properties?.[segment.slice(0, -2)]?.items : node?.properties?.[segment],
      schema,
    )?.description;
}

test("every field of the table exists, and its description says that it does nothing", () => {
  const [definition] = postgresqlDefinitions;
  assert.ok(definition !== undefined);
  const crd = customResourceDefinition(definition) as unknown as {
    spec: { versions: { schema: { openAPIV3Schema: Node } }[] };
  };
  const spec = crd.spec.versions[0]?.schema.openAPIV3Schema.properties?.["spec"];
  for (const { path } of withoutEffect) {
    if (/dynamicConfiguration|limits\.storage|^users/.test(path)) continue;
    assert.ok(description(spec, path)?.includes(NO_EFFECT), path);
  }
  assert.ok(!description(spec, "instances")?.includes(NO_EFFECT));
});

test("docs/postgresql.md lists the table", () => {
  const page = readFileSync(new URL("../../../../docs/postgresql.md", import.meta.url), "utf8");
  const rows = withoutEffect.map(({ path, why }) => `| \`${path}\` | ${why} |`).join("\n");
  assert.ok(page.includes(`| --- | --- |\n${rows}\n`), `write these rows into docs/postgresql.md:\n${rows}`);
});
