/** The portal in Chromium when what it relied on ended: the session, a pod's log. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { until } from "@keelson/kube/testing";
import { putSamples, type Stage, startStage } from "@keelson/server/testing";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { browserMissing, launchBrowser, signIn } from "./browser.ts";
import { type BuiltPortal, buildPortal } from "./build.ts";

describe("portal, when something it relied on ends", { skip: browserMissing() ?? false }, () => {
  let portal: BuiltPortal;
  let stage: Stage;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;

  before(async () => {
    portal = await buildPortal();
    stage = await startStage({ portalDirectory: portal.directory });
    await putSamples(stage.admin);
    browser = await launchBrowser();
    context = await browser.newContext({ locale: "en-GB" });
    page = await context.newPage();
    page.setDefaultTimeout(15_000);
    await signIn(page, stage);
  });
  after(async () => {
    await browser?.close();
    await stage?.stop();
    portal?.remove();
  });

  it("leads to the sign-in when the session ended elsewhere, and back to the same place", async () => {
    await page.goto(`${stage.url}/databases/shop/orders?tab=backups`);
    await page.getByRole("region", { name: "Restore to a time" }).waitFor();
    await page.getByRole("banner").getByText("Live").waitFor();
    const ended = await page.evaluate(`(async () => {
      const { csrfToken } = await (await fetch("/api/v1/session")).json();
      const headers = { "x-csrf-token": csrfToken };
      return (await fetch("/api/v1/session", { method: "DELETE", headers })).status;
    })()`);
    assert.equal(ended, 204);
    await page.getByLabel("Password", { exact: true }).fill(stage.password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("region", { name: "Restore to a time" }).waitFor();
  });

  it("follows a log again when the server is back", async () => {
    let reads = 0;
    await page.route("**/logs?**", (route) => {
      reads += 1;
      return route.fulfill({ contentType: "text/plain", body: `simulated line of read ${reads}` });
    });
    await page.getByRole("link", { name: "Activity" }).click();
    const log = page.getByRole("log");
    await log.getByText(/^simulated line/).waitFor();
    const before = reads;
    await page.getByText("End of the log.").waitFor();
    await stage.restartServer();
    await log.getByText(`simulated line of read ${before + 1}`).waitFor({ timeout: 30_000 });
  });

  it("keeps showing what it read when that cannot be read anew", async () => {
    await page.goto(`${stage.url}/databases/shop/orders?tab=manifest`);
    const manifest = page.getByRole("region", { name: "Manifest" });
    await manifest.getByText("PerconaPGCluster").first().waitFor();
    await page.getByRole("banner").getByText("Live").waitFor();
    let refused = 0;
    await page.route("**/databases/shop/orders", (route) => {
      refused += 1;
      return route.abort();
    });
    await stage.restartServer();
    await until("all repeats have failed", async () => refused === 4, { timeoutMs: 30_000 });
    await page.waitForFunction("document.readyState === 'complete'");
    assert.ok(await manifest.isVisible());
  });

  it("waits with a server that does not know the databases yet, and goes on when it does", async () => {
    await page.unrouteAll();
    await stage.api.kill("SIGKILL");
    await stage.restartServer("ignorant");
    await page.goto(`${stage.url}/databases`);
    await page.getByText("Waiting for Kubernetes").waitFor();
    await page.goto(`${stage.url}/databases/shop/orders`);
    await page.getByText("Waiting for Kubernetes").waitFor();
    await stage.api.start();
    await page.getByRole("heading", { name: "orders", level: 1 }).waitFor({ timeout: 30_000 });
    assert.equal(await page.getByText("Waiting for Kubernetes").count(), 0);
  });
});
