import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { test } from "node:test";

const root = resolve(import.meta.dirname, "..");

/** Which packages each package may import: the arrows of the design, and nothing else. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  resources: [],
  kube: [],
  engine: ["resources", "kube"],
  postgresql: ["resources", "kube", "engine"],
  agent: [],
  operator: ["resources", "kube", "engine", "postgresql"],
  // The server reads schedules and quantities as the engines do.
  server: ["resources", "kube", "engine"],
  portal: ["server"],
  // The CLI starts the embedded cluster, waits for its API, and otherwise speaks REST with the types of the server.
  cli: ["embedded", "kube", "server"],
  embedded: ["resources", "kube"],
};

/** Files that may reach into another package, each with its reason. */
const exceptions: Readonly<Record<string, string>> = {
  // A test API server needs certificates, and `embedded` makes them; whoever only uses the client never loads them.
  "packages/kube/testing/api-server.ts": "packages/embedded/cluster/pki.ts",
  // `./keelson check` and `test` are commands like the others, and what they run is no part of what is installed.
  "packages/cli/src/main.ts": "scripts/test.ts",
};

/** Pure parts: they may not reach for a client, a clock or the machine. */
const pureFile = /\/(desired|plan)(-[a-z-]+)?\.ts$/;

const sources = globSync("packages/**/*.{ts,tsx}", {
  cwd: root,
  exclude: (path) => /node_modules|\/dist$/.test(path),
}).sort();

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), "utf8");
  const atTheTop = text.matchAll(/^(?:import|export)\s(?:[^"';]*?\sfrom\s)?"([^"]+)";?$/gm);
  const onTheWay = text.matchAll(/\bimport\("([^"]+)"\)/g);
  return [...atTheTop, ...onTheWay].flatMap((match) => match[1] ?? []);
}

const packageOf = (file: string): string => file.split("/")[1] ?? "";

test("packages import one another only along the design's arrows, and only through their entry points", () => {
  const wrong = sources.flatMap((file) =>
    importsOf(file).flatMap((name) => {
      const own = packageOf(file);
      if (name.startsWith(".")) {
        const target = relative(root, resolve(root, dirname(file), name));
        const inside =
          target.startsWith(`packages/${own}/`) || /\.test\.ts$|\/test\//.test(file) || exceptions[file] === target;
        return inside ? [] : [`${file} reaches into ${target}`];
      }
      const other = /^@keelson\/([a-z]+)/.exec(name)?.[1];
      const isTest = /\.test\.ts$|\/(testing|browser)\//.test(file);
      return other === undefined || other === own || isTest || allowed[own]?.includes(other) === true
        ? []
        : [`${file} imports ${name}`];
    }),
  );
  assert.deepEqual(wrong, []);
});

test("builders and planners of the engines import neither a client nor Node", () => {
  const engines = sources.filter((file) => /^packages\/(engine|postgresql)\//.test(file) && pureFile.test(`/${file}`));
  const wrong = engines.flatMap((file) =>
    importsOf(file)
      .filter((name) => name.startsWith("node:") && name !== "node:crypto")
      .map((name) => `${file} imports ${name}`),
  );
  assert.deepEqual(wrong, []);
});
