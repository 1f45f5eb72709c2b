import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { companion, say } from "./support/company.ts";
import { eventually } from "./support/patience.ts";
import type { Person } from "./support/person.ts";
import { useStage } from "./support/stage.ts";

const stage = useStage();

type Held = { readonly count: number; release: () => void };

/** From the next chat connection on, what the page says is kept back where it fits, and said once released. */
async function holdBack(page: Page, fits: (frame: string) => boolean): Promise<Held> {
  const held: (() => void)[] = [];
  let isOver = false;
  await page.routeWebSocket(/\/socket\.io\//, (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((frame) => {
      if (isOver || !fits(String(frame))) server.send(frame);
      else held.push(() => server.send(frame));
    });
  });
  return {
    get count() {
      return held.length;
    },
    release() {
      isOver = true;
      for (const say of held.splice(0)) say();
    },
  };
}

/** A conversation with somebody of this name, who has said these lines. */
async function roomWith(hana: Person, nickname: string, name: string, ...lines: string[]) {
  const other = await companion(stage().cluster.url, nickname, name);
  const [user] = await other.client.searchUsers(hana.nickname);
  const roomId = await other.client.createDirect(user?.id ?? "");
  await say(other, roomId, ...lines);
  await other.client.stop();
  return roomId;
}

test("what is typed right after Ctrl+K goes where one looks for a room, though no script arrives any more", async () => {
  const hana = await stage().enter({ nickname: "c.hana", name: "Hana" });
  const { page } = hana;
  await page.addInitScript(() =>
    Object.defineProperty(Navigator.prototype, "serviceWorker", { get: () => undefined }),
  );
  await hana.join();
  const withJoon = await roomWith(hana, "c.joon", "Joon", "hello");
  const withSora = await roomWith(hana, "c.sora", "Sora", "hello");
  await hana.openRoom(withJoon);
  await hana.roomRow(withSora).getByText("Sora").waitFor();
  await page.route("**/assets/*.js", () => undefined);
  await hana.composer.focus();
  await page.keyboard.press("Control+k");
  await page.keyboard.type("Sora");
  await page.keyboard.press("Enter");
  await eventually(() => hana.roomId, "the other room").toBe(withSora);
  await hana.composer.waitFor();
  expect(await hana.composer.inputValue()).toBe("");
  const said = (await stage().ledger.room(withJoon)).map(({ text }) => text);
  expect(said, "nothing of it has become a message").toEqual(["hello"]);
  await page.goBack();
  await eventually(() => hana.roomId, "where one was").toBe(withJoon);
  await eventually(() => hana.composer.inputValue(), "nor a draft").toBe("");
});

test("who has left a room's search for another thing is not led to what it finds later", async () => {
  const hana = await stage().enter({ nickname: "c.search", name: "Hana" });
  const { page } = hana;
  const search = await holdBack(page, (frame) => frame.includes('["message:search"'));
  await hana.join();
  const roomId = await roomWith(hana, "c.mina", "Mina", "the umbrella is here", "and dry");
  await hana.openRoom(roomId);
  await hana.sees("and dry");
  await hana.button("Search this chat").click();
  const panel = page.getByTestId("message-search");
  await panel.getByRole("searchbox").fill("umbrella");
  await eventually(() => search.count, "asked for").toBeGreaterThan(0);
  await panel.getByRole("searchbox").press("Enter");
  await hana.composer.click();
  search.release();
  const led = () => page.locator("[data-highlighted]").count();
  const found = () => panel.getByTestId("found-message").count();
  await eventually(async () => (await led()) + (await found()), "it has come").toBe(1);
  expect([await found(), await led()], "to be chosen").toEqual([1, 0]);
});

test("an edit that was on its way is a draft until it is known what has become of it", async () => {
  const hana = await stage().enter({ nickname: "c.edit", name: "Hana" });
  const { page } = hana;
  await hana.join();
  const roomId = await roomWith(hana, "c.ida", "Ida", "when shall we meet");
  await hana.openRoom(roomId);
  await hana.write("see you at ten");
  await hana.sees("see you at ten");
  hana.cable.loseWords();
  await hana.composer.press("ArrowUp");
  await hana.composer.fill("see you at noon");
  await hana.composer.press("Enter");
  const delivery = page.getByTestId("delivery").last();
  await eventually(() => delivery.getAttribute("aria-label"), "on its way").toBe("Sending");
  await page.goto("about:blank");
  hana.cable.plugIn();
  const news = await holdBack(page, (frame) => /\["(room:sync|message:page)",/.test(frame));
  await page.goto(`/rooms/${roomId}`);
  await eventually(() => news.count, "asked for").toBeGreaterThan(0);
  const kept = page.getByTestId("refused-edit");
  await kept.getByText("see you at noon").waitFor();
  expect(await kept.textContent()).toContain("Draft");
  expect(await kept.textContent()).not.toContain("This edit was not saved");
  news.release();
  await kept.getByText("This edit was not saved").waitFor();
});

test("who could not be looked for without a network is found once it is back, in the list and for a new room", async () => {
  const hana = await stage().enter({ nickname: "c.back", name: "Hana" });
  const { page } = hana;
  await hana.join();
  const noa = await companion(stage().cluster.url, "c.noa", "Noa");
  await noa.client.stop();
  // Its script is there from now on.
  await hana.button(hana.labels.newMessage).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("combobox").waitFor();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await hana.goOffline();
  await page.getByRole("searchbox").fill("c.noa");
  await page
    .getByTestId("search-results")
    .getByRole("status")
    .getByText("did not get through")
    .waitFor();
  await hana.button(hana.labels.newMessage).click();
  await dialog.getByRole("combobox").fill("c.noa");
  await dialog.getByRole("status").getByText("You are offline").waitFor();
  hana.cable.plugIn();
  await hana.context.setOffline(false);
  await dialog.locator("[data-testid=person][data-nickname='c.noa']").waitFor();
  await page.keyboard.press("Escape");
  await page.getByTestId("found-person").getByText("@c.noa").waitFor();
});
