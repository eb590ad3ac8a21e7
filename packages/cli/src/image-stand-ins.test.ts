import assert from "node:assert/strict";
import { test } from "node:test";
import { standInsOf } from "./image-stand-ins.ts";

type Pods = Parameters<typeof standInsOf>[0];

/** A pod whose containers name the first image of each pair, and whose node says the second. */
const pod = (...images: readonly (readonly [image: string, imageID: string])[]): Pods[number] => {
  const [first, ...rest] = images.map(([image, imageID], index) => {
    return { name: `c${index}`, image, imageID, ready: true, restartCount: 0 };
  });
  return { status: { initContainerStatuses: first === undefined ? [] : [first], containerStatuses: rest } };
};

test("an image that runs in the place of another is told once", () => {
  const pair = ["percona/percona-pgbouncer:1.24.1@sha256:aa", "keelson/postgresql:17@sha256:bb"] as const;
  assert.deepEqual(standInsOf([pod(pair, pair), pod(["busybox", "keelson/busybox:1@sha256:cc"]), pod(pair)]), [
    { wanted: "busybox", used: "keelson/busybox:1" },
    { wanted: pair[0], used: "keelson/postgresql:17" },
  ]);
});

test("an image that runs as it was named is none, with a digest in its name or without", () => {
  const same = ["nginx:1", "nginx:1@sha256:aa"] as const;
  const pinned = ["nginx:1@sha256:aa", "nginx:1@sha256:aa@sha256:bb"] as const;
  assert.deepEqual(standInsOf([pod(same, pinned, ["not-started", ""])]), []);
});
