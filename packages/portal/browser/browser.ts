/** A headless Chromium for tests and pictures, and signing in with it. */
import { existsSync } from "node:fs";
import type { Stage } from "@keelson/server/testing";
import { type Browser, chromium, type Page } from "playwright-core";

const executable = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

/** Why there can be no browser tests here; undefined when there can. */
export const browserMissing = (): string | undefined =>
  existsSync(executable)
    ? undefined
    : `no ${executable}: install Debian's package chromium, or name the program of another Chromium or Chrome in CHROMIUM (Ubuntu's own is a snap, which does not serve)`;

/** Starts Chromium without its own calls to the network. */
export function launchBrowser(): Promise<Browser> {
  const args = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ];
  return chromium.launch({ executablePath: executable, headless: true, args });
}

/** Signs in with the first password and waits for the list. */
export async function signIn(page: Page, stage: Stage): Promise<void> {
  await page.goto(`${stage.url}/sign-in`);
  await page.getByLabel("Password", { exact: true }).fill(stage.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Databases" }).waitFor();
}
