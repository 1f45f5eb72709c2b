import type { Locator } from "playwright-core";
import { expect, test } from "vitest";
import { companion, say } from "./support/company.ts";
import { InputMethod } from "./support/input-method.ts";
import { eventually } from "./support/patience.ts";
import type { Person } from "./support/person.ts";
import { useStage } from "./support/stage.ts";

const stage = useStage();

/** The landmark that has the keyboard. */
async function region(person: Person): Promise<string> {
  return person.page.evaluate(() => {
    const within = document.activeElement?.closest("[data-region], main, aside");
    return within?.matches("[data-region]") ? "list" : (within?.tagName.toLowerCase() ?? "none");
  });
}

/** A dialog's field has it once the dialog, which may come over the network, is there. */
async function hasKeyboard(field: Locator): Promise<void> {
  const isFocused = () => field.evaluate((element) => element === document.activeElement);
  await eventually(isFocused, "it has the keyboard").toBe(true);
}

test("everything by keyboard: regions by F6, rooms by arrows, another room by Ctrl+K", async () => {
  const [mina, joon, sora] = await Promise.all([
    stage().enter({ nickname: "k.mina", name: "Mina" }),
    stage().enter({ nickname: "k.joon", name: "June" }),
    stage().enter({ nickname: "k.sora", name: "Sora" }),
  ]);
  await Promise.all([mina.join(), joon.createAccount(), sora.createAccount()]);
  await mina.startRoom(joon);
  const withJoon = mina.roomId;
  await mina.write("hello June");
  await mina.sees("hello June");
  await mina.startRoom(sora);
  await eventually(() => mina.roomId, "the other room").not.toBe(withJoon);
  const withSora = mina.roomId;
  await mina.write("hello Sora");
  await mina.sees("hello Sora");
  await mina.roomRow(withSora).getByText("hello Sora").waitFor();
  const { keyboard } = mina.page;

  await mina.composer.focus();
  expect(await region(mina)).toBe("main");
  await keyboard.press("F6");
  expect(await region(mina)).toBe("list");
  const focusedRoom = () =>
    mina.page.evaluate(() => (document.activeElement as HTMLElement | null)?.dataset.roomId);
  expect(await focusedRoom(), "the open room's row").toBe(withSora);
  await keyboard.press("ArrowDown");
  expect(await focusedRoom()).toBe(withJoon);
  await keyboard.press("F6");
  expect(await region(mina)).toBe("main");
  await keyboard.press("Shift+F6");
  expect(await focusedRoom(), "where one was").toBe(withJoon);
  await keyboard.press("Enter");
  await eventually(() => mina.roomId, "the room is open").toBe(withJoon);

  await keyboard.press("Control+k");
  const dialog = mina.page.getByRole("dialog", { name: "Go to a chat" });
  await dialog.getByRole("combobox").fill("sor");
  await eventually(() => dialog.getByTestId("switch-to").count(), "one fits").toBe(1);
  await keyboard.press("Enter");
  await eventually(() => mina.roomId, "the other room").toBe(withSora);
  await dialog.waitFor({ state: "detached" });
  await keyboard.press("Control+k");
  await dialog.waitFor();
  await keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  expect(mina.roomId).toBe(withSora);
});

test("one Enter at the end of a Hangul composition is enough to go to a room, and to choose somebody", async () => {
  const [mina, jiwoo] = await Promise.all([
    stage().enter({ nickname: "k.mina2", name: "Mina" }),
    stage().enter({ nickname: "k.jiwoo", name: "지우" }),
  ]);
  await Promise.all([mina.join(), jiwoo.createAccount()]);
  await mina.startRoom(jiwoo);
  const withJiwoo = mina.roomId;
  await mina.write("안녕");
  await mina.page.goto("/");
  await mina.roomRow(withJiwoo).waitFor();
  const inputMethod = await InputMethod.of(mina.page);
  const composeName = async (field: Locator, found: Locator) => {
    await hasKeyboard(field);
    await inputMethod.compose("ㅈ", "지");
    await inputMethod.commit("지");
    await inputMethod.compose("ㅇ", "우");
    expect(await field.inputValue(), "composed where it is looked for").toBe("지우");
    await found.filter({ hasText: "지우" }).waitFor();
    await inputMethod.enterTaken();
    await inputMethod.commit("우");
    await inputMethod.enterPassedOn();
    await inputMethod.enterReleased();
  };

  await mina.page.keyboard.press("Control+k");
  const switcher = mina.page.getByRole("dialog", { name: "Go to a chat" });
  await composeName(switcher.getByRole("combobox"), switcher.getByTestId("switch-to"));
  await eventually(() => new URL(mina.page.url()).pathname, "there").toBe(`/rooms/${withJiwoo}`);
  await mina.composer.waitFor();
  expect(await mina.composer.inputValue(), "nothing of the press is left over").toBe("");

  await mina.button(mina.labels.newMessage).click();
  const dialog = mina.page.getByRole("dialog", { name: mina.labels.newMessage });
  await composeName(dialog.getByRole("combobox"), dialog.getByTestId("person"));
  await dialog.getByRole("button", { name: /지우/ }).waitFor();
  expect(await dialog.getByRole("combobox").inputValue()).toBe("");
  await mina.page.keyboard.press("Escape");

  // In the middle of a syllable, as after nearly every Korean word, one press is enough, too.
  await mina.composer.focus();
  await inputMethod.compose("ㅎ", "하");
  await mina.page.keyboard.press("Control+k");
  await switcher.getByRole("combobox").waitFor();
  await mina.page.keyboard.press("Escape");
  await switcher.waitFor({ state: "detached" });
  expect(await mina.composer.inputValue(), "nothing of it is lost").toBe("하");
  await mina.composer.fill("");

  // An Enter that ends a Japanese word has only chosen the word.
  await mina.page.keyboard.press("Control+k");
  await hasKeyboard(switcher.getByRole("combobox"));
  await inputMethod.compose("に", "日本");
  await inputMethod.enterTaken();
  await inputMethod.commit("日本");
  await inputMethod.enterReleased();
  expect(await switcher.getByRole("combobox").inputValue()).toBe("日本");
});

test("whoever has clicked in the messages and types, writes; Enter opens no menu then", async () => {
  const mina = await stage().enter({ nickname: "k.mina3", name: "Mina" });
  const [joon] = await Promise.all([
    companion(stage().cluster.url, "k.joon3", "June"),
    mina.join(),
  ]);
  const [user] = await joon.client.searchUsers("k.mina3");
  const roomId = await joon.client.createDirect(user?.id ?? "");
  await say(joon, roomId, "a bubble to click");
  await mina.openRoom(roomId);
  const bubble = mina.page.getByTestId("bubble").filter({ hasText: "a bubble to click" });
  const { keyboard } = mina.page;
  await bubble.click();
  await keyboard.type("hello there");
  expect(await mina.composer.inputValue()).toBe("hello there");
  await mina.composer.fill("");
  await bubble.click();
  await keyboard.press("Enter");
  await keyboard.type("again");
  expect(await mina.composer.inputValue()).toBe("again");
  expect(await mina.page.getByTestId("message-menu").count()).toBe(0);
  await joon.client.stop();
});

test("Escape closes a dialog at once: the very next key goes on where one was writing", async () => {
  const mina = await stage().enter({ nickname: "k.mina4", name: "Mina" });
  const [joon] = await Promise.all([
    companion(stage().cluster.url, "k.joon4", "June"),
    mina.join(),
  ]);
  const [user] = await joon.client.searchUsers("k.mina4");
  const roomId = await joon.client.createDirect(user?.id ?? "");
  await say(joon, roomId, "hello");
  await joon.client.stop();
  await mina.openRoom(roomId);
  await mina.sees("hello");
  await mina.composer.fill("half a ");
  await mina.page.keyboard.press("Control+k");
  const dialog = mina.page.getByRole("dialog", { name: "Go to a chat" });
  await hasKeyboard(dialog.getByRole("combobox"));
  // Before the browser has taken its first step back in the history, which takes time.
  const held = await mina.page.evaluate(async () => {
    const init = { key: "Escape", bubbles: true, cancelable: true };
    document.activeElement?.dispatchEvent(new KeyboardEvent("keydown", init));
    await new Promise<void>((resolve) => queueMicrotask(resolve));
    return (document.activeElement as HTMLElement | null)?.dataset.testid;
  });
  expect(held, "the field in the room").toBe("composer");
  await mina.page.keyboard.type("thought");
  expect(await mina.composer.inputValue()).toBe("half a thought");
  await mina.composer.press("Enter");
  await mina.sees("half a thought");
  await mina.page.evaluate(() => history.back());
  await eventually(() => new URL(mina.page.url()).pathname, "one step out of the room").toBe("/");
});
