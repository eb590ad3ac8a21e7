/** Takes the pictures of the docs: every page in light, dark and on a phone. `node browser/pictures.ts DIRECTORY` */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { putSamples, startStage } from "@keelson/server/testing";
import { launchBrowser, signIn } from "./browser.ts";

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
  { name: "settings", path: `${orders}?tab=settings` },
];

const stage = await startStage({ real: process.env["KEELSON_TEST_REAL"] === "1" });
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
}
