import { expect, test } from "vitest";
import { eventually } from "./support/patience.ts";
import type { Person } from "./support/person.ts";
import { useStage } from "./support/stage.ts";

const stage = useStage();

function details(person: Person) {
  return person.page.getByRole("complementary", { name: person.labels.details });
}

async function group(prefix: string): Promise<[Person, Person, Person]> {
  const people = (await Promise.all(
    ["Mina", "June", "Sora"].map((name) =>
      stage().enter({ nickname: `${prefix}.${name.toLowerCase()}`, name }),
    ),
  )) as [Person, Person, Person];
  await Promise.all(people.map((person) => person.join()));
  const [mina, joon, sora] = people;
  await mina.startRoom(joon, sora);
  await Promise.all([joon.openRoom(mina.roomId), sora.openRoom(mina.roomId)]);
  return people;
}

test("a group is renamed for all, muted for oneself, and its owner takes people out", async () => {
  const [mina, joon, sora] = await group("r");
  await mina.button(mina.labels.details).click();
  await details(mina).getByRole("button", { name: "Rename" }).click();
  const dialog = mina.page.getByRole("dialog", { name: "Rename" });
  await dialog.getByRole("textbox").fill("Walks");
  await dialog.getByRole("textbox").press("Enter");
  await dialog.waitFor({ state: "detached" });
  await joon.page.getByTestId("room-title").getByText("Walks").waitFor();
  await joon.notices.getByText("Mina named the chat “Walks”").waitFor();

  await joon.button(joon.labels.details).click();
  expect(
    await details(joon)
      .getByRole("button", { name: /^Remove/ })
      .count(),
  ).toBe(0);
  await details(joon).getByTestId("member").getByText("Owner").waitFor();
  await details(joon).getByRole("switch", { name: "Mute" }).click();
  await joon.roomRow(mina.roomId).getByLabel("Muted").waitFor();
  await joon.page.reload();
  await joon.roomRow(mina.roomId).getByLabel("Muted").waitFor();
  expect(await mina.roomRow(mina.roomId).getByLabel("Muted").count()).toBe(0);

  await details(mina).getByRole("button", { name: "Remove Sora from the chat" }).click();
  const question = mina.page.getByRole("alertdialog", { name: "Remove Sora?" });
  await question.getByRole("button", { name: "Remove" }).click();
  await sora.roomRow(mina.roomId).waitFor({ state: "detached" });
  await sora.page.getByText("You are no longer in this chat.").waitFor();
  await eventually(() => details(mina).getByTestId("member").count(), "two are left").toBe(2);
});

test("from a member to the profile, and from there to a conversation", async () => {
  const [mina, joon] = await group("q");
  const { roomId } = mina;
  await mina.button(mina.labels.details).click();
  await details(mina).getByTestId("member").getByText("@q.june").click();
  const card = mina.page.getByRole("dialog", { name: "Profile" });
  await card.getByText("@q.june").waitFor();
  await mina.page.goBack();
  await card.waitFor({ state: "detached" });
  await details(mina).getByTestId("member").getByText("@q.june").click();
  await card.getByRole("button", { name: "Send a message" }).click();
  await eventually(() => mina.roomId, "another room").not.toBe(roomId);
  await mina.page.getByTestId("room-title").getByText("June").waitFor();
  await mina.write("just us");
  await joon.roomRow(mina.roomId).getByText("just us").waitFor();
});

test("the list's field finds rooms, people and messages, by keyboard too", async () => {
  const [mina, joon] = await group("f");
  const { roomId } = mina;
  await mina.write("the cake is in the oven");
  await joon.sees("the cake is in the oven");
  await joon.write("Which CAKE?");
  await mina.sees("Which CAKE?");
  const field = mina.page.getByRole("searchbox", { name: "Search chats, people, messages" });
  const results = mina.page.getByTestId("search-results");
  await field.fill("cake");
  const found = results.getByTestId("found-message");
  await eventually(() => found.count(), "both").toBe(2);
  expect(await found.locator("mark").allTextContents()).toEqual(["CAKE", "cake"]);
  await field.press("ArrowDown");
  await mina.page.keyboard.press("ArrowDown");
  await mina.page.keyboard.press("Enter");
  await mina.page.locator('[data-testid=message][data-seq="2"][data-highlighted]').waitFor();

  await field.fill("f.jun");
  await results.getByTestId("found-person").click();
  await eventually(() => mina.page.url(), "a conversation with June").not.toContain(roomId);
  await mina.page.getByTestId("room-title").getByText("June").waitFor();
  await field.fill("sora");
  await results.locator(`[data-room-id="${roomId}"]`).click();
  await eventually(() => mina.roomId, "the group that Sora is in").toBe(roomId);
  await field.fill("nothing of the kind");
  await results.getByText("Nothing found for “nothing of the kind”").waitFor();
  await field.press("Escape");
  await mina.roomRow(roomId).waitFor();
});

test("in a room of hundreds, it is said who is online of those one sees", async () => {
  const [mina, joon] = await group("h");
  const { roomId } = mina;
  for (const { page } of [mina, joon]) await page.goto("about:blank");
  await stage().ledger.addStrangers(roomId, 400);
  await joon.page.goto(`/rooms/${roomId}/details`);
  const members = details(joon).getByTestId("member");
  await eventually(() => members.count(), "all of them are listed").toBe(403);
  // The owner, at the top, comes when hundreds have been looked at after her.
  const owner = members.first().getByTestId("online");
  await eventually(() => owner.count(), "nobody is there").toBe(0);
  await mina.page.goto("/");
  await owner.waitFor();
  await members.last().scrollIntoViewIfNeeded();
  await members.first().scrollIntoViewIfNeeded();
  await owner.waitFor();
  await joon.goOffline();
  await eventually(() => details(joon).getByTestId("online").count(), "nobody knows").toBe(0);
});
