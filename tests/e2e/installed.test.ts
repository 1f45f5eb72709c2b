import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { eventually } from "./support/patience.ts";
import { useStage } from "./support/stage.ts";

const stage = useStage();

/** In the page: the paths of everything that its service worker keeps. */
async function keptPaths(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const paths: string[] = [];
    for (const name of await caches.keys()) {
      const requests = await (await caches.open(name)).keys();
      paths.push(...requests.map(({ url }) => new URL(url).pathname));
    }
    return paths;
  });
}

test("what is needed to install the page is there", async () => {
  const hana = await stage().enter({ nickname: "i.hana", name: "Hana" });
  await hana.page.goto("/sign-in");
  const link = await hana.page.locator("link[rel=manifest]").getAttribute("href");
  const answer = await hana.context.request.get(link ?? "");
  expect(answer.headers()["content-type"]).toContain("application/manifest+json");
  const { icons, start_url, display } = (await answer.json()) as {
    icons: { src: string; sizes: string; type: string; purpose?: string }[];
    start_url: string;
    display: string;
  };
  expect([start_url, display]).toEqual(["/", "standalone"]);
  expect(icons.map(({ sizes, purpose }) => [sizes, purpose])).toEqual(
    expect.arrayContaining([
      ["192x192", undefined],
      ["512x512", undefined],
      ["512x512", "maskable"],
    ]),
  );
  for (const { src, type, sizes } of icons) {
    const icon = await hana.context.request.get(src);
    expect(icon.headers()["content-type"], src).toContain(type);
    if (type !== "image/png") continue;
    const body = await icon.body();
    expect(`${body.readUInt32BE(16)}x${body.readUInt32BE(20)}`, src).toBe(sizes);
  }
});

test("the shell is kept for when there is no network; nothing of the services ever is", async () => {
  const hana = await stage().enter({ nickname: "i.shell", name: "Hana" });
  await hana.join();
  await hana.page.evaluate(() => navigator.serviceWorker.ready);
  // From now on the worker stands between the page and the network.
  await hana.page.reload();
  await hana.connected();
  const kept = await keptPaths(hana.page);
  expect(kept).toContain("/index.html");
  expect(kept.filter((path) => /\.js$/.test(path)).length).toBeGreaterThan(0);
  expect(kept.filter((path) => /^\/(api|socket\.io|\.well-known)\//.test(path))).toEqual([]);

  await hana.goOffline();
  await hana.page.reload();
  await hana.page.locator("#app > *").first().waitFor();
  hana.cable.plugIn();
  await hana.context.setOffline(false);
  await hana.connected();
});

test("an update: an open page says that it is there, and files of old versions go", async () => {
  const hana = await stage().enter({ nickname: "i.update", name: "Hana" });
  await hana.join();
  await hana.page.evaluate(() => navigator.serviceWorker.ready);
  await hana.page.reload();
  await hana.connected();
  // Two versions before this one, and a worker that the browser takes for a newer one.
  await hana.page.evaluate(async () => {
    await caches.open("moim-shell-first");
    await caches.open("moim-shell-second");
    await navigator.serviceWorker.register("/sw.js?newer");
  });
  const notice = hana.page.getByText("A new version of Moim is ready.");
  await notice.waitFor();
  await eventually(
    () => hana.page.evaluate(() => caches.keys()),
    "the oldest goes; tabs that are still open may need the one before",
  ).not.toContain("moim-shell-first");
  expect(await hana.page.evaluate(() => caches.keys())).toContain("moim-shell-second");
  await hana.page.getByRole("button", { name: "Reload" }).click();
  await notice.waitFor({ state: "detached" });
  await hana.connected();
});
