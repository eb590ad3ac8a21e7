/** Takes the pictures of the docs: every page in light, dark and on a phone. `node browser/pictures.ts DIRECTORY` */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { putSamples, startStage } from "@keelson/server/testing";
import { launchBrowser, signIn } from "./browser.ts";
import { buildPortal } from "./build.ts";

const directory = process.argv[2] ?? "/tmp/server-pictures";
const only = process.argv[3];
mkdirSync(directory, { recursive: true });

const looks = [
  { name: "light", width: 1280, height: 800, scheme: "light" },
  { name: "dark", width: 1280, height: 800, scheme: "dark" },
  { name: "phone", width: 360, height: 740, scheme: "light" },
] as const;

const orders = "/databases/shop/orders";
const pages: readonly { readonly name: string; readonly path: string; readonly before?: string }[] = [
  { name: "databases", path: "/databases" },
  { name: "create", path: "/create", before: "name" },
  { name: "database", path: orders },
  { name: "progress", path: "/databases/shop/billing" },
  { name: "trouble", path: "/databases/shop/catalog" },
  { name: "backups", path: `${orders}?tab=backups` },
  { name: "activity", path: `${orders}?tab=activity` },
  { name: "manifest", path: `${orders}?tab=manifest` },
  { name: "settings", path: `${orders}?tab=settings` },
  { name: "account", path: "/account" },
];

const portal = await buildPortal();
/** In the place of the log of a pod, since none runs here. */
const simulatedLog = [
  "2026-11-21 09:00:00,012 INFO: promoted self to leader by acquiring session lock",
  "2026-11-21 09:00:00.412 UTC [181] LOG:  selected new timeline ID: 2",
  "2026-11-21 09:00:00.987 UTC [181] LOG:  archive recovery complete",
  "2026-11-21 09:00:01.020 UTC [178] LOG:  database system is ready to accept connections",
  ...["03,114", "13,102", "23,108", "33,117", "43,105", "53,111"].map(
    (second) => `2026-11-21 09:00:${second} INFO: no action. I am (orders-instance1-4bkd-0), the leader with the lock`,
  ),
  "2026-11-21 09:05:01.288 UTC [179] LOG:  checkpoint starting: time",
  "2026-11-21 09:05:27.507 UTC [179] LOG:  checkpoint complete: wrote 262 buffers (0.8%); 0 WAL file(s) added, 2 recycled",
  '2026-11-21 09:12:44.130 UTC [2214] ERROR:  duplicate key value violates unique constraint "orders_pkey"',
  "2026-11-21 09:12:44.130 UTC [2214] STATEMENT:  INSERT INTO orders (id, customer) VALUES ($1, $2)",
  ...["03,104", "13,113", "23,109", "33,101", "43,116", "53,107"].map(
    (second) => `2026-11-21 09:13:${second} INFO: no action. I am (orders-instance1-4bkd-0), the leader with the lock`,
  ),
  "",
].join("\n");
/** Goes on like a log that is followed, which an answer of the browser's own would not. */
const followSimulatedLog = `{
  const real = globalThis.fetch;
  const log = new TextEncoder().encode(${JSON.stringify(simulatedLog)});
  const answer = () => new Response(new ReadableStream({ start: (stream) => stream.enqueue(log) }));
  globalThis.fetch = async (address, init) => (String(address).includes("/logs?") ? answer() : real(address, init));
}`;

const stage = await startStage({ real: process.env["KEELSON_TEST_REAL"] === "1", portalDirectory: portal.directory });
const browser = await launchBrowser();
try {
  for (const look of looks) {
    const context = await browser.newContext({
      viewport: { width: look.width, height: look.height },
      colorScheme: look.scheme,
      reducedMotion: "reduce",
      locale: "en-GB",
      timezoneId: "UTC",
    });
    const page = await context.newPage();
    await page.addInitScript(followSimulatedLog);
    const shot = async (name: string) => {
      if (only !== undefined && !name.startsWith(only)) return;
      await page.screenshot({ path: join(directory, `portal-${name}-${look.name}.png`), fullPage: true });
    };
    await page.goto(`${stage.url}/sign-in`);
    await page.getByRole("heading", { name: "Keelson" }).waitFor();
    await shot("sign-in");
    await signIn(page, stage);
    if (look === looks[0]) {
      await page.getByText("Your first database").waitFor();
      await shot("empty");
      await putSamples(stage.admin);
    }
    for (const { name, path, before } of pages) {
      if (only !== undefined && !name.startsWith(only)) continue;
      await page.goto(stage.url + path);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await page.getByRole("banner").getByText("Live").waitFor({ state: "attached" });
      if (before === "name") await page.getByRole("textbox", { name: "Name" }).fill("orders-eu");
      await page.waitForLoadState("networkidle", { timeout: 1_500 }).catch(() => undefined);
      await shot(name);
    }
    await context.close();
  }
} finally {
  await browser.close();
  await stage.stop();
  portal.remove();
}
