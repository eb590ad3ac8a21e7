/** The portal in Chromium, on the real server with a real API server behind it. What the operator would do is done by scenes. */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { until } from "@keelson/kube/testing";
import { fresh, orders, putDatabase, putRestore, putSamples, type Stage, startStage } from "@keelson/server/testing";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { seriousViolations } from "./accessibility.ts";
import { browserMissing, launchBrowser, signIn } from "./browser.ts";
import { type BuiltPortal, buildPortal } from "./build.ts";
import { addUser, clusterOf, deleteRestore, restoresOf, switchoverOf } from "./world.ts";

const missing = browserMissing();

/** Every page that a signed-in person can come to, with something on it. */
const pages = [
  "/databases",
  "/create",
  "/databases/shop/orders",
  ...["backups", "activity", "manifest", "settings"].map((tab) => `/databases/shop/orders?tab=${tab}`),
  "/databases/shop/billing",
  "/databases/shop/catalog",
  "/account",
];

describe("portal", { skip: missing ?? false }, () => {
  let portal: BuiltPortal;
  let stage: Stage;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  /** What went wrong in the page; a test that leaves something here fails. */
  const complaints: string[] = [];

  before(async () => {
    portal = await buildPortal();
    stage = await startStage({ real: process.env["KEELSON_TEST_REAL"] === "1", portalDirectory: portal.directory });
    browser = await launchBrowser();
    context = await browser.newContext({
      locale: "en-GB",
      timezoneId: "Europe/Berlin",
      permissions: ["clipboard-read", "clipboard-write"],
    });
    page = await context.newPage();
    page.setDefaultTimeout(15_000);
    page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
    page.on("console", (message) => {
      // Refused requests are logged by the browser itself; those that a test provokes are checked by the test.
      if (message.type() === "error" && !message.text().includes("Failed to load resource"))
        complaints.push(message.text());
    });
    page.on("request", (request) => {
      if (!request.url().startsWith(stage.url) && !request.url().startsWith("data:"))
        complaints.push(`request to ${request.url()}`);
    });
  });
  after(async () => {
    await browser?.close();
    await stage?.stop();
    portal?.remove();
  });
  afterEach(() => {
    assert.deepEqual(complaints.splice(0), [], "the page complains of nothing and asks nobody else");
  });

  it("leads strangers to the sign-in and back to where they wanted to go", async () => {
    await page.goto(`${stage.url}/create`);
    await page.getByLabel("Password", { exact: true }).fill("wrong");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").getByText("The user name or the password is wrong").waitFor();
    await page.getByLabel("Password", { exact: true }).fill(stage.password);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Create PostgreSQL" }).waitFor();
  });

  it("helps when there is nothing yet", async () => {
    await page.getByRole("link", { name: "Keelson" }).click();
    await page.getByRole("heading", { name: "Your first database is one page away" }).waitFor();
    assert.deepEqual(await seriousViolations(page), []);
  });

  it("creates a database by keyboard alone, the manifest following what is typed", async () => {
    await page.goto(`${stage.url}/databases`);
    const focus = async (name: RegExp) => {
      for (let steps = 0; steps < 60; steps++) {
        await page.keyboard.press("Tab");
        const text = await page.evaluate(
          "document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.innerText ?? ''",
        );
        const label = await page.evaluate("document.activeElement?.labels?.[0]?.innerText ?? ''");
        if (name.test(`${text} ${label}`)) return;
      }
      assert.fail(`Tab does not reach ${name}`);
    };
    await page.getByRole("link", { name: "Create database" }).waitFor();
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate("document.activeElement?.textContent"), "Skip to the content");
    await page.keyboard.press("Enter");
    await focus(/Create database/);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Create PostgreSQL" }).waitFor();
    // The name has the focus already.
    await page.keyboard.type("Bad_name");
    await page.getByText("Use lower-case letters.").waitFor();
    await page.keyboard.press("ControlOrMeta+A");
    await page.keyboard.type("keyboard");
    await page
      .getByRole("region", { name: "Manifest" })
      .getByText("name: keyboard", { exact: false })
      .first()
      .waitFor();
    await focus(/^\s*3\b/);
    await page.keyboard.press("ArrowLeft");
    await page.getByRole("region", { name: "Manifest" }).getByText("replicas: 2").first().waitFor();
    await focus(/Create keyboard/);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "keyboard" }).waitFor();
    const live = await clusterOf(stage, "default", "keyboard");
    assert.equal(live?.spec.instances?.[0]?.replicas, 2);
    await page.getByText("Waiting for the operator to take it up").first().waitFor();
  });

  it("shows live what happens, without a reload", async () => {
    await putSamples(stage.admin);
    await page.goto(`${stage.url}/databases/shop/billing`);
    await page.getByText("Being created").first().waitFor();
    await page.getByText("First instance takes writes").waitFor();
    await page.evaluate("globalThis.notReloaded = true");
    const [first] = fresh.instances ?? [];
    assert.ok(first);
    await putDatabase(stage.admin, {
      ...fresh,
      status: { ...fresh.status, patroni: { status: { systemIdentifier: "7" } } },
      instances: [{ ...first, role: "primary", ready: true, position: 1000 }],
    });
    await page.getByText("Takes writes with").first().waitFor();
    assert.equal(await page.evaluate("globalThis.notReloaded"), true);
  });

  it("draws the topology with roles, lag and nodes", async () => {
    await page.goto(`${stage.url}/databases/shop/orders`);
    const drawing = page.getByRole("region", { name: "Topology" });
    await drawing.getByText("takes writes").waitFor();
    assert.equal(await drawing.getByText("no lag").count(), 1);
    assert.equal(await drawing.getByText("197 kB behind").count(), 1);
    for (const node of ["on node-1", "on node-2", "on node-3"]) assert.ok((await drawing.getByText(node).count()) > 0);
    assert.equal(await drawing.getByText("orders-pgbouncer", { exact: false }).count(), 2);
  });

  it("copies the connection string of the API and shows the password only when asked", async () => {
    await page.goto(`${stage.url}/databases/shop/orders`);
    const panel = page.getByRole("region", { name: "Connect" });
    await panel.getByText("127.77.0.2", { exact: false }).waitFor();
    assert.doesNotMatch((await panel.textContent()) ?? "", /s3cret/);
    await panel.getByRole("button", { name: "Copy from outside" }).click();
    await until("the clipboard has it", async () =>
      /^psql 'postgresql:\/\/orders:s3cret/.test(String(await page.evaluate("navigator.clipboard.readText()"))),
    );
    assert.doesNotMatch((await panel.textContent()) ?? "", /s3cret/, "copying does not show");
    await panel.getByRole("button", { name: "Show password" }).click();
    await panel.getByText("s3cret/with+signs").waitFor();
    await panel.getByRole("button", { name: "Hide password" }).click();
    await panel.getByText("s3cret/with+signs").waitFor({ state: "detached" });
  });

  it("shows how each user connects, chosen by keyboard", async () => {
    await addUser(stage, "shop", "orders", "reports");
    await page.goto(`${stage.url}/databases/shop/orders`);
    const panel = page.getByRole("region", { name: "Connect" });
    await panel.getByText("orders-pguser-orders", { exact: true }).waitFor();
    const choice = panel.getByRole("combobox", { name: "User" });
    await choice.press("Enter");
    await page.getByRole("option", { name: "reports" }).waitFor();
    await choice.press("ArrowDown");
    await choice.press("Enter");
    await panel.getByText("orders-pguser-reports", { exact: true }).waitFor();
    assert.equal(await choice.inputValue(), "reports");
    assert.deepEqual(await seriousViolations(page), []);
  });

  it("backs up now, and shows the backup at once", async () => {
    await page.getByRole("link", { name: "Backups" }).click();
    await page.getByRole("region", { name: "Backups" }).getByRole("button", { name: "Back up now" }).click();
    await page.getByRole("menuitem", { name: /Incremental/ }).click();
    await page
      .getByRole("row", { name: /orders-incremental-/ })
      .getByText("Waiting")
      .waitFor();
  });

  it("says that an earlier restore has left a moment behind, and brings it back by its timeline", async () => {
    const before = (await restoresOf(stage, "shop")).map(({ metadata }) => metadata.name);
    const text = (at: number) => new Date(at).toISOString();
    await putRestore(stage.admin, {
      name: "too-far",
      namespace: "shop",
      database: "orders",
      options: [
        "--type=time",
        `--target=${text(Date.now() - 2 * 3_600_000)
          .replace("T", " ")
          .replace("Z", "+00")}`,
      ],
      status: { state: "Succeeded", completed: text(Date.now()) },
      timelineBefore: 2,
    });
    await page.getByRole("button", { name: "1 hour ago" }).click();
    await page.getByText("This moment was left behind by the restore of").waitFor();
    await page.getByRole("button", { name: "Restore to this moment" }).click();
    await page.getByRole("dialog").getByText("brings back what was committed before the restore of").waitFor();
    assert.deepEqual(await seriousViolations(page), []);
    await page.getByRole("dialog").getByRole("button", { name: "Restore orders" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    const made = (await restoresOf(stage, "shop")).filter(({ metadata }) => !before.includes(metadata.name));
    assert.deepEqual(
      made.flatMap(({ spec }) => spec.options?.filter((option) => option.startsWith("--target-timeline")) ?? []),
      ["--target-timeline=2"],
    );
    for (const { metadata } of made) await deleteRestore(stage, "shop", metadata.name);
  });

  it("restores to a moment that is clicked on the timeline, or typed, within the window", async () => {
    const slider = page.getByRole("slider", { name: "Moment to restore to" });
    const before = Number(await slider.getAttribute("aria-valuenow"));
    const box = await slider.boundingBox();
    assert.ok(box);
    await slider.click({ position: { x: box.width / 2, y: box.height / 2 } });
    const clicked = Number(await slider.getAttribute("aria-valuenow"));
    assert.ok(clicked < before);
    await slider.press("ArrowRight");
    assert.equal(Number(await slider.getAttribute("aria-valuenow")), clicked + 1);
    await slider.press("Home");
    assert.equal(
      Number(await slider.getAttribute("aria-valuenow")),
      Number(await slider.getAttribute("aria-valuemin")),
    );
    const field = page.getByLabel(/^Moment \(UTC\+1\)/);
    await field.fill("2020-01-01T00:00:00");
    await page.getByText("Choose from", { exact: false }).waitFor();
    assert.ok(await page.getByRole("button", { name: "Restore to this moment" }).isDisabled());
    await slider.press("End");
    await slider.press("PageDown");
    const chosen = Number(await slider.getAttribute("aria-valuenow"));
    await page.getByRole("button", { name: "Restore to this moment" }).click();
    await page.getByRole("dialog").getByText("goes back to").waitFor();
    assert.deepEqual(await seriousViolations(page), []);
    await page.getByRole("dialog").getByRole("button", { name: "Restore orders" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    const made = (await restoresOf(stage, "shop")).find((one) => one.metadata.name !== "orders-restore-1");
    const target = made?.spec.options?.find((option) => option.startsWith("--target=")) ?? "";
    assert.equal(Math.round(Date.parse(`${target.slice("--target=".length, -3).replace(" ", "T")}Z`) / 1000), chosen);
  });

  it("switches over to the replica that is chosen", async () => {
    await page.getByRole("button", { name: "More actions" }).click();
    await page.getByRole("menuitem", { name: "Switch over" }).click();
    await page.getByRole("dialog").getByLabel("orders-instance1-f7xq").check();
    await page.getByRole("dialog").getByRole("button", { name: "Switch over" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    assert.equal((await switchoverOf(stage, "shop", "orders"))?.targetInstance, "orders-instance1-f7xq");
  });

  it("applies a change of size, pauses and resumes", async () => {
    await page.goto(`${stage.url}/databases/shop/catalog?tab=settings`);
    await page.getByLabel("Instances").fill("3");
    await page.getByRole("button", { name: "Apply" }).click();
    await page.getByRole("status").getByText("catalog is being changed").waitFor();
    assert.equal((await clusterOf(stage, "shop", "catalog"))?.spec.instances?.[0]?.replicas, 3);
    assert.ok(await page.getByRole("button", { name: "Apply" }).isDisabled(), "nothing is left to apply");
    await page.getByRole("button", { name: "Pause catalog" }).click();
    await page.getByRole("button", { name: "Resume catalog" }).waitFor();
    assert.equal((await clusterOf(stage, "shop", "catalog"))?.spec.pause, true);
    await page.getByRole("button", { name: "Resume catalog" }).click();
    await page.getByRole("button", { name: "Pause catalog" }).waitFor();
    assert.equal((await clusterOf(stage, "shop", "catalog"))?.spec.pause, false);
  });

  it("shows the server's refusal in words, with the remedy", async () => {
    await page.goto(`${stage.url}/databases/shop/orders?tab=settings`);
    await page.getByLabel("Instances").fill("2");
    await page.getByRole("button", { name: "Apply" }).waitFor();
    await stage.api.kill("SIGKILL");
    await page.getByRole("button", { name: "Apply" }).click();
    await page.getByRole("alert").getByText("try again", { exact: false }).waitFor({ timeout: 40_000 });
    await stage.api.start();
  });

  it("says when it lost the server, and goes on by itself when it is back", async () => {
    await page.goto(`${stage.url}/databases`);
    await page.getByRole("banner").getByText("Live").waitFor();
    await context.setOffline(true);
    await stage.restartServer();
    await page.getByRole("banner").getByText("Reconnecting").waitFor();
    await context.setOffline(false);
    await page.getByRole("banner").getByText("Live").waitFor({ timeout: 30_000 });
    await page.getByRole("link", { name: "orders" }).waitFor();
  });

  it("deletes only when the name is typed", async () => {
    await page.goto(`${stage.url}/databases/default/keyboard?tab=settings`);
    await page.getByRole("button", { name: "Delete keyboard" }).click();
    const dialog = page.getByRole("dialog");
    const confirm = dialog.getByRole("button", { name: "Delete", exact: true });
    assert.ok(await confirm.isDisabled());
    await dialog.getByLabel("Type keyboard to confirm").fill("keyboar");
    assert.ok(await confirm.isDisabled());
    await dialog.getByLabel("Type keyboard to confirm").fill("keyboard");
    await confirm.click();
    await page.getByRole("heading", { name: "There is no database keyboard" }).waitFor();
    assert.equal(await clusterOf(stage, "default", "keyboard"), undefined);
  });

  for (const scheme of ["light", "dark"] as const) {
    it(`has no serious accessibility fault on any page in ${scheme}`, async () => {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
      for (const path of pages) {
        await page.goto(stage.url + path);
        await page.getByRole("heading", { level: 1 }).waitFor();
        await page.getByRole("banner").getByText("Live").waitFor({ state: "attached" });
        assert.deepEqual(await seriousViolations(page), [], `${path} in ${scheme}`);
      }
    });
  }

  it("fits a phone: nothing is wider than 360 pixels", async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    for (const path of pages) {
      await page.goto(stage.url + path);
      await page.getByRole("heading", { level: 1 }).waitFor();
      assert.equal(await page.evaluate("document.documentElement.scrollWidth"), 360, path);
    }
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  it("follows the system's light or dark, until a person chooses", async () => {
    await page.emulateMedia({ colorScheme: "dark" });
    await page.goto(`${stage.url}/databases`);
    const scheme = () => page.evaluate("document.documentElement.dataset.mantineColorScheme");
    await page.getByRole("heading", { level: 1 }).waitFor();
    assert.equal(await scheme(), "dark");
    await page.getByRole("button", { name: "Light or dark" }).click();
    await page.getByRole("menuitem", { name: "Light", exact: true }).click();
    assert.equal(await scheme(), "light");
    await page.reload();
    await page.getByRole("heading", { level: 1 }).waitFor();
    assert.equal(await scheme(), "light");
  });

  it("signs out, and shows nothing after that", async () => {
    await page.getByRole("button", { name: "Account of admin" }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await page.getByRole("button", { name: "Sign in" }).waitFor();
    await page.goto(`${stage.url}/databases/${orders.request.namespace}/${orders.request.name}`);
    await page.getByRole("button", { name: "Sign in" }).waitFor();
    await signIn(page, stage);
  });
});
