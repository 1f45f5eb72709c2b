import { gzipSync } from "node:zlib";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { keptForNextTime } from "./support/kept-for-next-time.ts";
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

test("a first visit loads less than 150 kB of script, compressed, until the rooms are there", async () => {
  const hana = await stage().enter({ nickname: "i.bytes", name: "Hana" });
  await hana.createAccount();
  const bodies: Promise<Buffer>[] = [];
  hana.page.on("response", (response) => {
    if (response.request().resourceType() === "script") bodies.push(response.body());
  });
  await hana.page.goto("/");
  await hana.connected();
  const sizes = (await Promise.all(bodies)).map((body) => gzipSync(body).length);
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  expect(sizes.length).toBeGreaterThan(1);
  expect(bytes).toBeLessThan(150_000);
});

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

test("without a network the page comes up with the last rooms; nothing of the services is in its shell", async () => {
  const [hana, mina] = await Promise.all([
    stage().enter({ nickname: "i.shell", name: "Hana" }),
    stage().enter({ nickname: "i.mina", name: "Mina" }),
  ]);
  await Promise.all([hana.join(), mina.createAccount()]);
  await hana.page.evaluate(() => navigator.serviceWorker.ready);
  // From now on the worker stands between the page and the network.
  await hana.page.reload();
  await hana.connected();
  const paths = await keptPaths(hana.page);
  expect(paths).toContain("/index.html");
  expect(paths.filter((path) => /\.js$/.test(path)).length).toBeGreaterThan(0);
  expect(paths.filter((path) => /^\/(api|socket\.io|\.well-known)\//.test(path))).toEqual([]);

  await hana.startRoom(mina);
  await hana.write("read me in the tunnel");
  await hana.sees("read me in the tunnel");
  const { roomId } = hana;
  const kept = () => keptForNextTime(hana.page, "timeline");
  await eventually(kept, "kept for next time").toContain("read me in the tunnel");
  await hana.page.goto("/");
  await hana.roomRow(roomId).getByText("read me in the tunnel").waitFor();
  await hana.goOffline();
  await hana.page.reload();
  await hana.roomRow(roomId).getByText("Mina").waitFor();
  await hana.openRoom(roomId);
  await hana.sees("read me in the tunnel");
  await hana.page.locator("[data-testid=connection-banner][data-banner=offline]").waitFor();
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

test("a first visit asks for no session, so nothing is refused", async () => {
  const hana = await stage().enter({ nickname: "i.first", name: "Hana" });
  const asked: string[] = [];
  hana.page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  const complaints: string[] = [];
  hana.page.on("console", (message) => {
    if (message.type() === "error") complaints.push(`${message.text()} ${message.location().url}`);
  });
  await hana.page.goto("/");
  await hana.page.locator("input[name=email]").waitFor();
  expect(asked).toContain("/");
  expect(asked.filter((path) => path.startsWith("/api/"))).toEqual([]);
  expect(complaints).toEqual([]);

  // Afterwards it does: whoever has signed in stays so, until they sign out.
  await hana.signUp();
  await hana.page.reload();
  await hana.connected();
  expect(asked).toContain("/api/auth/refresh");
  await hana.page.getByRole("link", { name: "Settings" }).click();
  await hana.button("Sign out").click();
  await hana.page.locator("input[name=email]").waitFor();
  // Until the server has confirmed it: a page that is loaded before says it again.
  const isUntold = () => hana.page.evaluate(() => localStorage.getItem("moim-signing-out"));
  await eventually(isUntold, "the server knows").toBeNull();
  asked.length = 0;
  complaints.length = 0;
  await hana.page.reload();
  await hana.page.locator("input[name=email]").waitFor();
  expect(asked).not.toContain("/api/auth/refresh");
  expect(complaints).toEqual([]);
});
