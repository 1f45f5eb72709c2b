import { expect, test } from "vitest";
import { companion, say } from "./support/company.ts";
import { eventually } from "./support/patience.ts";
import { useStage } from "./support/stage.ts";

const stage = useStage();

test("back closes what is open over a room, one thing at a time, and only then leaves the room", async () => {
  const hana = await stage().enter({ nickname: "g.hana", name: "Hana", hasPhone: true });
  const { page } = hana;
  const [mina] = await Promise.all([
    companion(stage().cluster.url, "g.mina", "Mina"),
    hana.createAccount(),
  ]);
  const [user] = await mina.client.searchUsers("g.hana");
  const roomId = await mina.client.createGroup({ title: "Walks", userIds: [user?.id ?? ""] });
  await say(mina, roomId, "shall we go out");
  await page.goto("/");
  await hana.connected();
  await hana.openRoom(roomId);
  await hana.sees("shall we go out");
  const back = () => page.evaluate(() => history.back());
  const path = () => new URL(page.url()).pathname;
  const openMenu = async () => {
    await page.getByTestId("timeline").focus();
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Enter");
    await page.getByTestId("message-menu").waitFor();
  };

  await openMenu();
  await back();
  await page.getByTestId("message-menu").waitFor({ state: "detached" });
  expect(path()).toBe(`/rooms/${roomId}`);

  // From the menu to all emoji: one step back for both.
  await openMenu();
  await page.getByRole("menuitem", { name: "More emoji" }).click();
  await page.getByTestId("emoji-picker").waitFor();
  await back();
  await page.getByTestId("emoji-picker").waitFor({ state: "detached" });
  expect(path()).toBe(`/rooms/${roomId}`);

  // A search with a menu over it: the menu first.
  await hana.button("Search this chat").tap();
  await page.getByTestId("message-search").waitFor();
  await openMenu();
  await back();
  await page.getByTestId("message-menu").waitFor({ state: "detached" });
  expect(await page.getByTestId("message-search").count()).toBe(1);
  await back();
  await page.getByTestId("message-search").waitFor({ state: "detached" });
  expect(path()).toBe(`/rooms/${roomId}`);

  await hana.button(hana.labels.details).tap();
  await hana.button(hana.labels.leaveRoom).tap();
  const question = page.getByRole("alertdialog", { name: hana.labels.leaveQuestion });
  await question.waitFor();
  await back();
  await question.waitFor({ state: "detached" });
  expect(path()).toBe(`/rooms/${roomId}/details`);
  // Closed by its own button, it is stepped over.
  await hana.button(hana.labels.leaveRoom).tap();
  await question.getByRole("button", { name: hana.labels.cancel }).tap();
  await question.waitFor({ state: "detached" });
  await back();
  await eventually(path, "out of the details").toBe(`/rooms/${roomId}`);
  await back();
  await eventually(path, "out of the room").toBe("/");

  await page.getByRole("searchbox").fill("wal");
  await page.getByTestId("search-results").waitFor();
  await back();
  await page.getByTestId("search-results").waitFor({ state: "detached" });
  await hana.roomRow(roomId).waitFor();
  await mina.client.stop();
});

test("the button that leads back never leaves the page, whatever was open on the way", async () => {
  const hana = await stage().enter({ nickname: "g.deep", name: "Hana", hasPhone: true });
  const { page } = hana;
  const [mina] = await Promise.all([
    companion(stage().cluster.url, "g.noa", "Noa"),
    hana.createAccount(),
  ]);
  const [user] = await mina.client.searchUsers("g.deep");
  const roomId = await mina.client.createDirect(user?.id ?? "");
  await say(mina, roomId, "hello");
  await page.goto(`/rooms/${roomId}`);
  await hana.sees("hello");
  await hana.button("Search this chat").tap();
  await page.getByTestId("message-search").getByRole("button", { name: "Close" }).tap();
  await hana.button("Back").tap();
  await eventually(() => new URL(page.url()).pathname, "the list").toBe("/");
  await hana.roomRow(roomId).waitFor();
  await mina.client.stop();
});

test("over the list nothing is left of what was closed by its button: the next step back leaves the page", async () => {
  const hana = await stage().enter({ nickname: "g.out", name: "Hana", hasPhone: true });
  const { page } = hana;
  const [mina] = await Promise.all([
    companion(stage().cluster.url, "g.ida", "Ida"),
    hana.createAccount(),
  ]);
  const [user] = await mina.client.searchUsers("g.out");
  const roomId = await mina.client.createDirect(user?.id ?? "");
  await say(mina, roomId, "hello");
  await page.goto("/");
  await hana.roomRow(roomId).waitFor();
  const depth = () => page.evaluate(() => (history.state as { depth: number }).depth);
  const close = page.getByRole("dialog").getByRole("button", { name: "Close" });
  await hana.button(hana.labels.newMessage).tap();
  await close.tap();
  await close.waitFor({ state: "detached" });
  await eventually(depth, "where one was").toBe(0);

  // Before the browser has stepped back: it leads nobody back from where they have gone.
  await hana.button(hana.labels.newMessage).tap();
  await close.waitFor();
  await page.evaluate(() => {
    document.querySelector<HTMLElement>("[role=dialog] [aria-label=Close]")?.click();
    document.querySelector<HTMLElement>("[data-testid=room-row]")?.click();
  });
  await hana.sees("hello");
  await eventually(depth, "in the room").toBe(1);
  expect(hana.roomId).toBe(roomId);
  await page.evaluate(() => history.back());
  await hana.roomRow(roomId).waitFor();
  expect(await depth()).toBe(0);
  await mina.client.stop();
});
