import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod } from "@keelson/kube";
import { pgCluster, viewOf } from "../testing/fixtures.ts";
import { imageField } from "./image-field.ts";
import { startupProblems } from "./startup-problems.ts";

const refusing = (message: string, exitCode = 1): Pod["status"] =>
  ({
    initContainerStatuses: [
      {
        name: "postgres-startup",
        ready: false,
        image: "x",
        imageID: "",
        restartCount: 3,
        state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 10s restarting failed container" } },
        lastState: { terminated: { exitCode, message } },
      },
    ],
  }) as Pod["status"];

const problemsOf = (...statuses: (Pod["status"] | undefined)[]) =>
  startupProblems(
    pgCluster({ image: "example.com/mine:1" }),
    viewOf({ members: statuses.map((status, i) => ({ name: `i${i}`, ...(status === undefined ? {} : { status }) })) }),
  ).map(({ reason, field, message }) => [reason, field, message]);

test("what the start of an instance refuses names the field and the remedy, once for all instances", () => {
  const status = refusing("ImageWithoutTools: the image lacks patroni");
  assert.deepEqual(problemsOf(status, status, undefined), [
    [
      "ImageWithoutTools",
      "spec.image",
      "the image lacks patroni. Name an image with PostgreSQL, Patroni and pgBackRest on glibc, or leave the field out.",
    ],
  ]);
  const [other] = problemsOf(refusing("DataVersionMismatch: the data are of PostgreSQL 16, not 17"));
  assert.equal(other?.[1], "spec.postgresVersion");
});

test("an image in which the agent cannot even start is one without tools", () => {
  for (const status of [refusing("exec /opt/crunchy/bin/node: no such file or directory"), refusing("", 127)]) {
    const [found] = problemsOf(status);
    assert.equal(found?.[0], "ImageWithoutTools");
    assert.match(found?.[2] ?? "", /^example\.com\/mine:1 cannot run Keelson's agent/);
  }
});

test("an image that cannot be pulled is named", () => {
  const status = {
    initContainerStatuses: [
      {
        name: "postgres-startup",
        image: "nowhere/x:1",
        imageID: "",
        ready: false,
        restartCount: 0,
        state: { waiting: { reason: "ImagePullBackOff" } },
      },
    ],
  } as Pod["status"];
  assert.deepEqual(problemsOf(status)[0]?.slice(0, 2), ["ImageCannotBePulled", "spec.image"]);
});

test("other failures and healthy instances are no problem of the specification", () => {
  assert.deepEqual(problemsOf(refusing("StartupFailed: disk full"), refusing("killed", 137), undefined), []);
});

test("an image is blamed on the field that names it", () => {
  const c = pgCluster({
    instances: [
      {
        name: "i",
        dataVolumeClaimSpec: {},
        sidecars: [{ name: "beside" }],
        initContainers: [{ name: "before" }],
      },
    ],
  } as never);
  const fields = ["database", "beside", "before", "database-init"].map((name) => imageField(c, { set: "i" }, name));
  assert.deepEqual(fields, [
    "spec.image",
    "spec.instances[i].sidecars[beside].image",
    "spec.instances[i].initContainers[before].image",
    "spec.imagePullSecrets",
  ]);
  assert.equal(imageField(c, "repoHost", "pgbackrest"), "spec.backups.pgbackrest.image");
});
