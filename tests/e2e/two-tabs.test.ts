import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { companion, say } from "./support/company.ts";
import { eventually } from "./support/patience.ts";
import { useStage } from "./support/stage.ts";

const stage = useStage();

const textsOn = (page: Page) =>
  page.locator("[data-state=sent] [data-testid=bubble]").allTextContents();

async function write(page: Page, text: string): Promise<void> {
  await page.getByTestId("composer").fill(text);
  await page.getByTestId("composer").press("Enter");
}

/** Whether it is there already or still on its way. */
const isShownOn = (page: Page, text: string) =>
  page.getByTestId("message").filter({ hasText: text }).waitFor();

test("two tabs of one person, one cookie: each shows all, each message is sent once and in order", async () => {
  const hana = await stage().enter({ nickname: "w.hana", name: "Hana" });
  const [mina] = await Promise.all([companion(stage().cluster.url, "w.mina", "Mina"), hana.join()]);
  const [user] = await mina.client.searchUsers("w.hana");
  const roomId = await mina.client.createDirect(user?.id ?? "");
  await say(mina, roomId, "hello");
  await hana.openRoom(roomId);
  const second = await hana.context.newPage();
  const errors: string[] = [];
  second.on("pageerror", (error) => errors.push(String(error)));
  await second.goto(`/rooms/${roomId}`);
  const tabs = [hana.page, second];
  for (const tab of tabs) await tab.getByTestId("message").filter({ hasText: "hello" }).waitFor();

  const said = ["hello"];
  const both = async (text: string) => {
    for (const [index, tab] of tabs.entries()) {
      said.push(`${text} in tab ${index}`);
      await write(tab, said.at(-1) ?? "");
      // The next one is written after this one also for the disk that both tabs share.
      for (const other of tabs) await isShownOn(other, said.at(-1) ?? "");
    }
  };
  await both("online");
  // What waits in one tab waits in both; neither sends it for the other a second time.
  for (const tab of tabs) await eventually(() => textsOn(tab), "all of it").toHaveLength(3);
  await hana.goOffline();
  await both("offline 1");
  await both("offline 2");
  const waiting = (tab: Page) => tab.locator("[data-state=waiting]").count();
  for (const tab of tabs) await eventually(() => waiting(tab), "shown in both").toBe(4);
  hana.cable.plugIn();
  await hana.context.setOffline(false);
  for (const tab of tabs) {
    await eventually(async () => (await textsOn(tab)).toSorted(), "all, once").toEqual(
      said.toSorted(),
    );
  }
  expect(await textsOn(second)).toEqual(await textsOn(hana.page));
  const stored = await stage().ledger.room(roomId);
  expect(stored.filter(({ kind }) => kind === "text").map(({ text }) => text)).toEqual(said);

  // Both renew with the same cookie at once, and neither is signed out by it.
  await Promise.all(tabs.map((tab) => tab.reload()));
  for (const tab of tabs) await eventually(() => textsOn(tab), "as before").toHaveLength(7);

  // A text half written in one is not disturbed by the other.
  await hana.composer.fill("half a");
  await write(second, "a whole one");
  await hana.sees("a whole one");
  expect(await hana.composer.inputValue()).toBe("half a");
  // Nor lost for it: neither over a walk to another place, nor over a reload.
  await hana.page.goto("/");
  await hana.openRoom(roomId);
  expect(await hana.composer.inputValue()).toBe("half a");
  expect(await second.getByTestId("composer").inputValue()).toBe("");

  // Muted in one, muted in both.
  const muted = () => hana.roomRow(roomId).getByLabel("Muted").count();
  expect(await muted()).toBe(0);
  await second.goto(`/rooms/${roomId}/details`);
  await second.getByRole("switch", { name: "Mute" }).click();
  await eventually(muted, "muted here, too").toBe(1);

  // What is chosen in one for the device holds in the other.
  await second.goto("/settings/preferences");
  await second.getByRole("radio", { name: "Dark" }).check();
  const look = () =>
    hana.page.evaluate(() => [
      getComputedStyle(document.documentElement).colorScheme,
      document.querySelector<HTMLMetaElement>("meta[name=theme-color]")?.content,
    ]);
  await eventually(look, "dark there too, and what surrounds a phone's page").toEqual([
    "dark",
    "#101514",
  ]);
  await second.goto("/");

  // Signed out in one, one is out in both.
  await second.getByRole("link", { name: "Settings" }).click();
  await second.getByRole("button", { name: "Sign out", exact: true }).click();
  for (const tab of tabs) await tab.locator("input[name=email]").waitFor();
  expect(errors).toEqual([]);
  await mina.client.stop();
});
