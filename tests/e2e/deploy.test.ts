import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { hideTab } from "./support/attention.ts";
import { companion, say } from "./support/company.ts";
import { buildOf, deploy } from "./support/deploy.ts";
import { eventually } from "./support/patience.ts";
import type { Person } from "./support/person.ts";
import { useStage } from "./support/stage.ts";

const stage = useStage();

function deployed(name: string): void {
  deploy(stage().cluster.nginx.webFolder, name);
}

/** The page's own version is kept, and its worker stands between the page and the network. */
async function hasWorker(page: Page): Promise<void> {
  await eventually(() => page.evaluate(isInstalled), "its worker is there").toBe(true);
  const isControlled = () => page.evaluate(() => navigator.serviceWorker.controller !== null);
  await eventually(isControlled, "and has taken over").toBe(true);
}

/** In the page: the worker of its version is active, with a page for the time without a network. */
async function isInstalled(): Promise<boolean> {
  const entry = document.querySelector("script[src^='/assets/']")?.getAttribute("src") ?? "";
  const registration = await navigator.serviceWorker.getRegistration();
  if (registration?.active?.state !== "activated" || registration.installing) return false;
  for (const name of await caches.keys()) {
    const kept = await (await caches.open(name)).match("/index.html");
    if ((await kept?.text())?.includes(entry)) return true;
  }
  return false;
}

/** Another tab of the same browser shows this version, and has its worker installed. */
async function openTab(page: Page, build: string): Promise<void> {
  const tab = await page.context().newPage();
  await tab.goto("/");
  expect(await buildOf(tab)).toBe(build);
  // As the page does by itself once in a while.
  await tab.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.update());
  await hasWorker(tab);
  await tab.close();
}

/** What the browser keeps by itself may be gone any time; what the worker keeps must be enough. */
async function forgetFiles(page: Page): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Network.clearBrowserCache");
  await devtools.detach();
}

/** Each time that the page itself is asked for. */
function loadsOf(page: Page): string[] {
  const loads: string[] = [];
  page.on("request", (request) => {
    if (request.isNavigationRequest()) loads.push(new URL(request.url()).pathname);
  });
  return loads;
}

/** Somebody signed in, and a room in which Mina has said hello. */
async function enterRoom(number: number, prepare?: (hana: Person) => Promise<unknown>) {
  const hana = await stage().enter({ nickname: `d.hana${number}`, name: "Hana" });
  await prepare?.(hana);
  const { url } = stage().cluster;
  const [mina] = await Promise.all([companion(url, `d.mina${number}`, "Mina"), hana.join()]);
  const [user] = await mina.client.searchUsers(hana.nickname);
  const roomId = await mina.client.createDirect(user?.id ?? "");
  await say(mina, roomId, "hello");
  await hana.openRoom(roomId);
  await hana.sees("hello");
  return { hana, mina, roomId };
}

test("two versions are deployed while a tab is open: it goes on, is told, and loses nothing when it is loaded anew", async () => {
  const { hana, mina, roomId } = await enterRoom(1);
  const { page } = hana;
  await hasWorker(page);
  await hana.composer.fill("half a thought");
  const loads = loadsOf(page);

  deployed("second");
  await openTab(page, "second");
  await forgetFiles(page);
  const notice = page.getByText("A new version of Moim is ready.");
  await notice.waitFor();
  // What was never opened before comes from what is kept.
  await page.getByRole("link", { name: "Settings" }).click();
  await page.getByRole("heading", { name: "Profile" }).waitFor();
  await page.goBack();
  deployed("third");
  await openTab(page, "third");
  await forgetFiles(page);
  await hana.button(hana.labels.newMessage).click();
  await page.getByRole("dialog").getByRole("combobox").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  expect(loads).toEqual([]);
  expect(await buildOf(page)).toBeNull();
  expect(await hana.composer.inputValue()).toBe("half a thought");

  // Pages pass, chat does not: what is written now waits.
  hana.cable.plugInWithoutChat();
  await hana.write("said meanwhile");
  await hana.waitsWith("waiting", ["said meanwhile"]);
  await hana.composer.fill("another thought");
  await page.getByRole("button", { name: "Reload" }).click();
  await eventually(() => buildOf(page), "the newest").toBe("third");
  await hana.waitsWith("waiting", ["said meanwhile"]);
  expect(await notice.count()).toBe(0);
  await hana.goOffline();
  await page.reload();
  expect(await buildOf(page), "without a network, too").toBe("third");
  await hana.waitsWith("waiting", ["said meanwhile"]);
  expect(await hana.composer.inputValue()).toBe("another thought");
  hana.cable.plugIn();
  await hana.context.setOffline(false);
  await hana.sees("said meanwhile");
  const rows = await stage().ledger.room(roomId);
  expect(rows.filter(({ text }) => text === "said meanwhile")).toHaveLength(1);
  await mina.client.stop();
});

test("without a worker a part that is there no more leads to the newest version, once, and to where one was", async () => {
  const { hana, mina, roomId } = await enterRoom(2, ({ page }) =>
    // As where it is refused.
    page.addInitScript(() =>
      Object.defineProperty(Navigator.prototype, "serviceWorker", { get: () => undefined }),
    ),
  );
  const { page } = hana;
  await hana.composer.fill("half a thought");
  const loads = loadsOf(page);
  deployed("fourth");
  await page.getByRole("link", { name: "Settings" }).click();
  await page.getByRole("heading", { name: "Profile" }).waitFor();
  expect(await buildOf(page)).toBe("fourth");
  expect(loads).toEqual(["/settings"]);
  await page.goBack();
  await hana.sees("hello");
  expect(hana.roomId).toBe(roomId);
  expect(await hana.composer.inputValue()).toBe("half a thought");
  expect(loads).toHaveLength(1);
  hana.pageErrors.length = 0;
  await mina.client.stop();
});

test("where nothing more can be kept a new version is shown all the same", async () => {
  const hana = await stage().enter({ nickname: "d.full", name: "Hana" });
  const { page } = hana;
  await page.goto("/sign-in");
  await hasWorker(page);
  const devtools = await page.context().newCDPSession(page);
  const { origin } = new URL(page.url());
  await devtools.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 1 });
  deployed("fifth");
  await page.goto("/sign-up");
  await page.locator("input[name=nickname]").waitFor();
  expect(await buildOf(page)).toBe("fifth");
  // Its worker is refused, and that of the version before goes on.
  await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    await registration?.update().catch(() => undefined);
  });
  await page.goto("/sign-in");
  await page.locator("input[name=email]").waitFor();
  expect(await buildOf(page)).toBe("fifth");
});

test("a worker that cannot be installed, because a file is missing, keeps nothing of the page waiting", async () => {
  deployed("sixth");
  const assets = join(stage().cluster.nginx.webFolder, "assets");
  const missing = readdirSync(assets).find((name) => name.startsWith("reset-password-page-"));
  rmSync(join(assets, missing ?? ""));
  const { hana, mina, roomId } = await enterRoom(3, async ({ context, page }) => {
    await context.grantPermissions(["notifications"], { origin: stage().cluster.url });
    await page.addInitScript(() => {
      localStorage.setItem("moim.notifications", "on");
      const told: string[] = [];
      const Told = class extends Notification {
        constructor(title: string, options: NotificationOptions) {
          super(title, options);
          told.push(`${title}: ${options.body}`);
        }
      };
      Object.assign(window, { told, Notification: Told });
    });
  });
  const { page } = hana;
  const registration = () =>
    page.evaluate(async () => (await navigator.serviceWorker.getRegistration()) ?? null);
  await eventually(registration, "given up").toBeNull();
  await hideTab(page);
  const watched = () =>
    page.evaluate(async () => {
      const { held = [] } = await navigator.locks.query();
      return held.filter(({ name }) => name === "moim.watched").length;
    });
  await eventually(watched, "nobody looks").toBe(0);
  await say(mina, roomId, "are you there?");
  const told = () => page.evaluate(() => (window as unknown as { told: string[] }).told);
  await eventually(told, "by the page itself").toEqual(["Mina: are you there?"]);
  await mina.client.stop();
});
