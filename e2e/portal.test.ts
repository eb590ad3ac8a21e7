/** The portal's main job with a real database: create, connect, break, go back in time, delete, all by clicks in Chromium. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import type { Page } from "playwright-core";
import { browserMissing, launchBrowser } from "../packages/portal/browser/browser.ts";
import { openNamespace } from "./namespace.ts";
import { startPlatform } from "./platform.ts";
import { until } from "./until.ts";

const run = promisify(execFile);
const minute = 60_000;

/** What psql says to one statement over the connection string that the portal gave. */
async function psql(uri: string, statement: string): Promise<string> {
  const { stdout } = await run("psql", [uri, "-XAtqc", statement], { env: { ...process.env, PGCONNECT_TIMEOUT: "5" } });
  return stdout.trim();
}

/** The line for psql that "Copy from outside" puts on the clipboard, without the word psql and the quotes. */
async function copiedUri(page: Page, endpoint: "Primary" | "Pooler"): Promise<string> {
  await page.getByRole("radiogroup", { name: "Endpoint" }).getByText(endpoint).click();
  await page.getByRole("button", { name: "Copy from outside" }).click();
  return until("the copied line", 10_000, async () => {
    const text = String(await page.evaluate("navigator.clipboard.readText()"));
    return /^psql '(postgresql:.*)'$/.exec(text)?.[1];
  });
}

test("a person creates a database in the portal, loses a table, and goes back to the second before", {
  skip: browserMissing() ?? false,
}, async (t) => {
  await using platform = await startPlatform();
  const browser = await launchBrowser();
  t.after(() => browser.close());
  const context = await browser.newContext({
    permissions: ["clipboard-read", "clipboard-write"],
    locale: "en-GB",
    timezoneId: "UTC",
  });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const portal = `http://127.0.0.1:${platform.portalPort}`;

  await page.goto(portal);
  await page
    .getByLabel("Password", { exact: true })
    .fill(readFileSync(join(platform.data, "server/initial-admin-password"), "utf8").trim());
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: "Create database" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("clicked");
  await page.getByRole("radio", { name: /Micro/ }).check();
  await page.getByLabel("Storage for each instance").fill("1");
  await page.getByRole("group", { name: "Instances" }).getByRole("radio", { name: /^2/ }).check();
  await page.getByRole("group", { name: "Poolers" }).getByRole("radio", { name: /^1/ }).check();
  await page.getByLabel("Reachable from outside Kubernetes").check();
  await page.getByRole("button", { name: "Create clicked" }).click();
  await page.getByRole("heading", { level: 1, name: "clicked" }).waitFor();

  const began = Date.now();
  await page.getByText("Ready", { exact: true }).waitFor({ timeout: 5 * minute });
  t.diagnostic(`ready ${Math.round((Date.now() - began) / 1000)} s after the click, seen live`);
  await page.getByRole("region", { name: "Topology" }).getByText("takes writes").waitFor();

  const uri = await copiedUri(page, "Primary");
  await psql(uri, "CREATE TABLE kept (n integer); INSERT INTO kept SELECT generate_series(1, 1000)");
  const pooled = await copiedUri(page, "Pooler");
  assert.equal(await until("the pooler", minute, () => psql(pooled, "SELECT count(*) FROM kept")), "1000");

  await page.getByRole("link", { name: "Backups", exact: true }).click();
  await page.getByRole("slider", { name: "Moment to restore to" }).waitFor({ timeout: 3 * minute });
  await page.getByRole("region", { name: "Backups" }).getByRole("button", { name: "Back up now" }).click();
  await page.getByRole("menuitem", { name: /Incremental/ }).click();
  await page
    .getByRole("row", { name: /incremental/ })
    .getByText("Done")
    .waitFor({ timeout: 3 * minute });

  await psql(uri, "INSERT INTO kept VALUES (1001)");
  const moment = await psql(
    uri,
    "SELECT to_char(clock_timestamp() + interval '1 second', 'YYYY-MM-DD\"T\"HH24:MI:SS')",
  );
  await until(
    "a second after the moment",
    minute,
    async () => (await psql(uri, `SELECT clock_timestamp() > '${moment}Z'::timestamptz + interval '1 second'`)) === "t",
  );
  await psql(uri, "DROP TABLE kept");
  // A person waits until PostgreSQL closes the segment by itself, within the minute that is set.
  assert.equal(await psql(uri, "SHOW archive_timeout"), "1min");
  await (await openNamespace(platform, "default")).psql("clicked", "SELECT pg_switch_wal()");
  const slider = page.getByRole("slider", { name: "Moment to restore to" });
  await until(
    "the archive has the moment",
    4 * minute,
    async () => Number(await slider.getAttribute("aria-valuemax")) > Date.parse(`${moment}Z`) / 1000,
  );
  await page.getByRole("textbox", { name: /^Moment/ }).fill(moment);
  await page.getByRole("button", { name: "Restore to this moment" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Restore clicked" }).click();
  await page.getByText("Being restored", { exact: true }).waitFor();
  await page.getByText("Ready", { exact: true }).waitFor({ timeout: 5 * minute });
  assert.equal(await until("the rows are back", minute, () => psql(uri, "SELECT count(*) FROM kept")), "1001");

  await page.getByRole("link", { name: "Settings" }).click();
  await page.getByRole("button", { name: "Delete clicked" }).click();
  await page.getByLabel("Delete everything").check();
  await page.getByLabel("Type clicked to confirm").fill("clicked");
  await page.getByRole("button", { name: "Delete with all data" }).click();
  await page.getByRole("heading", { name: "There is no database clicked" }).waitFor({ timeout: 3 * minute });
  await until(
    "the volumes are gone",
    minute,
    async () => (await platform.kubectl(["get", "pvc", "-o", "name"])) === "",
  );
});
