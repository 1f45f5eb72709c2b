import { beforeEach, expect, test } from "vitest";
import { eventually } from "./support/patience.ts";
import type { Person } from "./support/person.ts";
import { useStage } from "./support/stage.ts";

const stage = useStage();

let mina: Person;
let joon: Person;
let sora: Person;
/** Mina's rooms: with Joon alone, and with both of the others. */
let direct: string;
let group: string;
beforeEach(async ({ task }) => {
  const number = task.file.tasks.indexOf(task);
  [mina, joon, sora] = await Promise.all([
    stage().enter({ nickname: `n.mina${number}`, name: "Mina" }),
    stage().enter({ nickname: `n.joon${number}`, name: "June" }),
    stage().enter({ nickname: `n.sora${number}`, name: "Sora" }),
  ]);
  await Promise.all([mina.join(), joon.join(), sora.createAccount()]);
  await mina.startRoom(joon);
  direct = mina.roomId;
  await mina.write("hello");
  await mina.startRoom(joon, sora);
  await eventually(() => mina.roomId, "the group is open").not.toBe(direct);
  group = mina.roomId;
});

async function leaveRoom(person: Person): Promise<void> {
  const { page, labels } = person;
  await person.button(labels.details).click();
  const details = page.getByRole("complementary", { name: labels.details });
  await details.getByRole("button", { name: labels.leaveRoom }).click();
  const question = page.getByRole("alertdialog", { name: labels.leaveQuestion });
  await question.getByRole("button", { name: labels.leave, exact: true }).click();
}

function expectPlace(person: Person, path: string) {
  return eventually(() => new URL(person.page.url()).pathname, "where one is").toBe(path);
}

test("neither back nor forward leads into a room that one has left", async () => {
  await joon.openRoom(direct);
  await joon.openRoom(group);
  await leaveRoom(joon);
  await expectPlace(joon, "/");
  await joon.roomRow(group).waitFor({ state: "detached" });
  await joon.page.evaluate(() => history.back());
  await expectPlace(joon, `/rooms/${direct}`);
  await joon.composer.waitFor();
  await joon.page.evaluate(() => history.forward());
  await expectPlace(joon, "/");

  // Entered from the list: there is nothing between, and what is left of the room lies ahead.
  await joon.openRoom(direct);
  await leaveRoom(joon);
  await expectPlace(joon, "/");
  await joon.page.evaluate(forwardAndBackAgain);
  await expectPlace(joon, "/");
  expect(await joon.page.getByText("You are no longer in this chat.").count()).toBe(0);
});

/** In the page: resolves once a step forward has been answered by one back. */
function forwardAndBackAgain(): Promise<void> {
  return new Promise((resolve) => {
    let steps = 0;
    window.addEventListener("popstate", () => {
      steps += 1;
      if (steps === 2) resolve();
    });
    history.forward();
  });
}

test("a draft stands in the list until it is sent, also after a reload", async () => {
  const preview = joon.roomRow(direct).getByTestId("preview");
  const seen = async () => (await preview.textContent())?.replace(/\s+/g, " ").trim();
  await joon.openRoom(direct);
  await eventually(seen, "what was said last").toBe("hello");
  await joon.composer.fill("half a thought");
  expect(await seen(), "what is on the screen is not said twice").toBe("hello");
  await joon.openRoom(group);
  await eventually(seen, "the draft").toBe("Draft: half a thought");
  await joon.page.reload();
  await eventually(seen, "the draft after a reload").toBe("Draft: half a thought");
  await joon.openRoom(direct);
  await joon.composer.press("Enter");
  await joon.sees("half a thought");
  await joon.openRoom(group);
  await eventually(seen, "the message").toBe("You: half a thought");
});

test("an edit that is half done waits in its room, over another room and a reload, until it is sent", async () => {
  await mina.openRoom(direct);
  await mina.sees("hello");
  await mina.composer.press("ArrowUp");
  await mina.composer.fill("hello, June");
  await mina.openRoom(group);
  expect(await mina.composer.inputValue()).toBe("");
  const intent = mina.page.locator("[data-testid=intent][data-kind=edit]");
  expect(await intent.count()).toBe(0);
  await mina.openRoom(direct);
  await intent.waitFor();
  expect(await mina.composer.inputValue()).toBe("hello, June");
  await mina.page.reload();
  await intent.waitFor();
  expect(await mina.composer.inputValue()).toBe("hello, June");
  await mina.composer.press("Enter");
  await mina.sees("hello, June");
  await intent.waitFor({ state: "detached" });
  await mina.page.reload();
  await mina.sees("hello, June");
  expect(await intent.count()).toBe(0);
  expect((await stage().ledger.room(direct)).map(({ text }) => text)).toEqual(["hello, June"]);
});

test("who is in the room already is found, and cannot be invited", async () => {
  await mina.button(mina.labels.details).click();
  await mina.button("Invite people").click();
  const dialog = mina.page.getByRole("dialog", { name: "Invite people" });
  await dialog.getByRole("combobox").fill(sora.nickname);
  const option = dialog.getByRole("option", { name: sora.name });
  await option.getByText("Already here").waitFor();
  expect(await option.getAttribute("aria-disabled")).toBe("true");
  await dialog.getByRole("combobox").press("Enter");
  await option.click({ force: true });
  expect(await option.getAttribute("aria-selected")).toBe("false");
  expect(await dialog.getByRole("button", { name: "Invite", exact: true }).isDisabled()).toBe(true);
});
