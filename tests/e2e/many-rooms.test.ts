import type { Locator, Page } from "playwright-core";
import { expect, test } from "vitest";
import { companion, say } from "./support/company.ts";
import { eventually, PATIENCE_MS } from "./support/patience.ts";
import { useStage } from "./support/stage.ts";

const stage = useStage();
const ROOMS = 1_000;
/** What a screen holds and some around it. */
const ROWS_MAX = 60;

function rowNamed(page: Page, title: string): Locator {
  return page.getByTestId("room-row").filter({ has: page.getByText(title, { exact: true }) });
}

/** Where a row stands on the screen. */
async function topOf(row: Locator): Promise<number | undefined> {
  return (await row.boundingBox())?.y;
}

/** In the page: the room whose row has the keyboard. */
function focusedRoom(page: Page): Promise<string> {
  return page.evaluate(() => (document.activeElement as HTMLElement).dataset.roomId ?? "none");
}

/** In the page: keys without a picture between them; resolves some pictures later. */
async function pressAtOnce(keys: string[]): Promise<void> {
  for (const key of keys) {
    const press = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
    document.activeElement?.dispatchEvent(press);
  }
  for (let frame = 0; frame < 3; frame += 1) {
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
}

test("a thousand rooms: few on the page, all in reach, and what one looks at stays", async () => {
  const hana = await stage().enter({ nickname: "m.hana", name: "Hana" });
  const [mina] = await Promise.all([
    companion(stage().cluster.url, "m.mina", "Mina"),
    hana.createAccount(),
  ]);
  const { page } = hana;
  const { keyboard } = page;
  await stage().ledger.fillRooms("m.hana", "m.mina", ROOMS);
  await page.goto("/");
  await hana.connected();
  const rows = page.getByTestId("room-row");
  await rowNamed(page, "room 10").getByText("2 unread messages").waitFor({ state: "attached" });
  expect(await rowNamed(page, "room 11").getByTestId("unread").count()).toBe(0);
  await eventually(() => page.title(), "all of them counted").toBe("(99+) Moim");

  // Looked for without a connection: the page lives, and goes on when it is back.
  await hana.goOffline();
  await page.locator("[data-testid=connection-banner][data-banner=offline]").waitFor();
  const field = page.getByRole("searchbox");
  await field.fill("room 987");
  const isAlive = () => page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 0, true)));
  expect(await withinPatience(isAlive())).toBe(true);
  hana.cable.plugIn();
  await hana.context.setOffline(false);
  await page.getByTestId("search-results").getByText("room 987", { exact: true }).waitFor();
  await field.press("Escape");

  // A start anew has loaded the first page only; the switcher knows all the same.
  await page.reload();
  await hana.connected();
  await rows.first().waitFor();
  await keyboard.press("Control+k");
  await page.getByRole("combobox").fill("room 999");
  await page.getByTestId("switch-to").getByText("room 999", { exact: true }).waitFor();
  await keyboard.press("Escape");

  // Down to the end, where the last one is, with its place among all of them.
  await rows.first().focus();
  await eventually(async () => {
    await keyboard.press("End");
    return page.evaluate(() => document.activeElement?.textContent);
  }, "the last room").toContain("room 1000");
  expect(await rows.count()).toBeLessThan(ROWS_MAX);
  const last = page.getByRole("listitem").filter({ has: rowNamed(page, "room 1000") });
  expect(await last.getAttribute("aria-posinset")).toBe(String(ROOMS));
  expect(await last.getAttribute("aria-setsize")).toBe(String(ROOMS));

  // By arrow through more rooms than are on the page at once, and back to the top.
  for (let step = 0; step < ROWS_MAX + 20; step += 1) await keyboard.press("ArrowUp");
  const held = await focusedRoom(page);
  await rowNamed(page, "room 920").waitFor();
  expect(await rowNamed(page, "room 920").getAttribute("data-room-id")).toBe(held);

  // A room from far below, one from above, and then the one with the keyboard have news.
  const idOf = async (title: string) =>
    (await rowNamed(page, title).getAttribute("data-room-id")) ?? "";
  const [below, above] = [await idOf("room 926"), await idOf("room 915")];
  const before = await topOf(hana.roomRow(held));
  await say(mina, below, "from below");
  await say(mina, above, "from above");
  await eventually(() => page.getByText("room 926", { exact: true }).count(), "moved away").toBe(0);
  expect(await topOf(hana.roomRow(held))).toBe(before);
  expect(await focusedRoom(page)).toBe(held);
  await say(mina, held, "to you");
  await hana.roomRow(held).getByText("to you").waitFor();
  await eventually(() => focusedRoom(page), "it keeps the keyboard").toBe(held);
  await keyboard.press("Enter");
  await hana.sees("to you");
  await hana.roomRow(held).focus();
  await keyboard.press("Home");
  expect(await focusedRoom(page), "the first").toBe(held);
  // However soon the next key follows.
  await page.evaluate(pressAtOnce, ["End", "Home", "ArrowDown"]);
  expect(await focusedRoom(page)).toBe(above);
  for (let step = 0; step < 5; step += 1) await keyboard.press("ArrowDown");
  const sixth = await focusedRoom(page);
  await say(mina, sixth, "up with you");
  await hana.roomRow(sixth).getByText("up with you").waitFor();
  await eventually(() => focusedRoom(page), "it keeps the keyboard on its way up").toBe(sixth);
  // All of them are loaded by now: one press leads to the last of them.
  await keyboard.press("End");
  await eventually(
    () => page.evaluate(() => document.activeElement?.textContent),
    "the last room",
  ).toContain("room 1000");
  await mina.client.stop();
});

test("the pages of a long list follow each other without a pause", async () => {
  const hana = await stage().enter({ nickname: "m.sora", name: "Sora" });
  const { page } = hana;
  const [noa] = await Promise.all([
    companion(stage().cluster.url, "m.noa", "Noa"),
    hana.createAccount(),
  ]);
  await noa.client.stop();
  await stage().ledger.fillRooms("m.sora", "m.noa", 300);
  await page.clock.install();
  await page.goto("/");
  await hana.connected();
  await page.getByTestId("room-row").first().waitFor();
  // From here on no timer of the page ends.
  await page.clock.pauseAt(await page.evaluate(() => Date.now() + 10_000));
  const list = page.getByRole("navigation", { name: "Chats" });
  await eventually(async () => {
    await list.evaluate((element) => element.scrollTo(0, element.scrollHeight));
    return rowNamed(page, "room 300").count();
  }, "the last room").toBe(1);
});

/** Rejects where a page that goes round in circles would let a test hang. */
async function withinPatience<Value>(work: Promise<Value>): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("the page does not answer")), PATIENCE_MS / 2);
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
