import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { eventually } from "./support/patience.ts";
import { useStage } from "./support/stage.ts";

const stage = useStage();

/** Once at first, and as often as it is loaded again by itself. */
const LOADS_MAX = 4;

/** Notes each time that the page itself is asked for. */
function loadsOf(page: Page): string[] {
  const loads: string[] = [];
  page.on("request", (request) => {
    if (request.isNavigationRequest()) loads.push(request.url());
  });
  return loads;
}

test("a script that the network drops once is loaded again by itself", async () => {
  const hana = await stage().enter({ nickname: "l.hana", name: "Hana" });
  const loads = loadsOf(hana.page);
  let dropped = 0;
  await hana.page.route("**/assets/*.js", (route) => {
    dropped += 1;
    return dropped === 1 ? route.abort("connectionaborted") : route.continue();
  });
  await hana.page.goto("/sign-in");
  await hana.page.locator("input[name=email]").waitFor();
  expect(loads).toHaveLength(2);
  expect(await hana.page.locator(".not-loaded").count()).toBe(0);
});

test.each([
  ["scripts", "**/assets/*.js"],
  ["any file", "**/{assets/*,*.js}"],
])(
  "without %s there is no blank page and no endless round: it says so and offers a link",
  async (_what, files) => {
    const number = files.length;
    const hana = await stage().enter({ nickname: `l.never${number}`, name: "Hana" });
    const loads = loadsOf(hana.page);
    await hana.page.route(files, (route) => route.abort("connectionaborted"));
    await hana.page.goto("/sign-in");
    const link = hana.page.getByRole("link", { name: "Reload" });
    await link.waitFor();
    // Longer than any of its waits.
    await hana.page.waitForTimeout(4_500);
    expect(loads.length).toBeLessThanOrEqual(LOADS_MAX);
    expect(await hana.page.getByText("모임을 불러오지 못했습니다.").isVisible()).toBe(true);
    await hana.page.unroute(files);
    await link.click();
    await hana.page.locator("input[name=email]").waitFor();
  },
);

/** Whatever the browser or its worker keeps is not asked. */
async function forgetFiles(page: Page): Promise<void> {
  await page.evaluate(async () => {
    for (const registration of await navigator.serviceWorker.getRegistrations()) {
      await registration.unregister();
    }
    for (const name of await caches.keys()) await caches.delete(name);
  });
}

test("a dialog that never comes leaves nothing open over the page, and says so", async () => {
  const hana = await stage().enter({ nickname: "l.dialog", name: "Hana" });
  await hana.join();
  await hana.page.goto("/");
  await hana.connected();
  await hana.context.route("**/assets/*new-room*.js", (route) => route.abort("failed"));
  await forgetFiles(hana.page);
  await hana.page.reload();
  await hana.connected();
  await hana.button(hana.labels.newMessage).first().click();
  await hana.page.getByText("This part of the page did not arrive.").waitFor();
  const overlay = () => hana.page.evaluate(() => history.state.overlay);
  await eventually(overlay, "nothing is open").toBeNull();
  hana.pageErrors.length = 0;
});

test("a part that never comes does not take the page away again and again", async () => {
  const hana = await stage().enter({ nickname: "l.part", name: "Hana" });
  await hana.join();
  await hana.page.goto("/");
  await hana.connected();
  const loads = loadsOf(hana.page);
  await hana.context.route("**/assets/*settings-view*.js", (route) => route.abort("failed"));
  await forgetFiles(hana.page);
  await hana.page.goto("/settings");
  await eventually(() => loads.length, "tried again").toBe(LOADS_MAX);
  await hana.page.waitForTimeout(4_500);
  expect(loads).toHaveLength(LOADS_MAX);
  expect(await hana.page.getByRole("link", { name: "Reload" }).count()).toBe(0);
  hana.pageErrors.length = 0;
});
