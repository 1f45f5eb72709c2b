import type { CDPSession, Locator } from "playwright-core";
import { expect, test } from "vitest";
import { companion, say } from "./support/company.ts";
import { InputMethod } from "./support/input-method.ts";
import { eventually } from "./support/patience.ts";
import { useStage } from "./support/stage.ts";

const stage = useStage();

/** Longer than it takes for a finger to count as resting. */
const REST_MS = 700;

async function middleOf(target: Locator): Promise<{ x: number; y: number }> {
  const box = await target.boundingBox();
  if (box === null) throw new Error("not on the screen");
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

async function comeDown(finger: CDPSession, target: Locator): Promise<{ x: number; y: number }> {
  const { x, y } = await middleOf(target);
  await finger.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [{ x, y }] });
  return { x, y };
}

const goUp = (finger: CDPSession) =>
  finger.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });

/** One finger comes down, rests until this opens, and goes up again. */
async function rest(finger: CDPSession, target: Locator, opened: Locator): Promise<void> {
  await comeDown(finger, target);
  await opened.waitFor();
  await goUp(finger);
}

/**
 * One finger comes down, moves, rests for longer than it takes, and goes up again. The page's time stands still
 * until it has moved: to a busy machine it might seem to rest before.
 */
async function scroll(finger: CDPSession, target: Locator, movedPx: number): Promise<void> {
  const { clock } = target.page();
  await clock.pauseAt(await target.page().evaluate(() => Date.now() + 10_000));
  const { x, y } = await comeDown(finger, target);
  const touchPoints = [{ x, y: y + movedPx }];
  await finger.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints });
  await clock.runFor(REST_MS);
  await goUp(finger);
  await clock.resume();
}

test("on a phone a finger that rests on a message opens its menu; one that scrolls or taps does not", async () => {
  const hana = await stage().enter({ nickname: "p.hana", name: "Hana", hasPhone: true });
  const { url } = stage().cluster;
  const [mina, sora] = await Promise.all([
    companion(url, "p.mina", "Mina"),
    companion(url, "p.sora", "Sora"),
    hana.createAccount(),
  ]);
  await hana.page.clock.install();
  await hana.page.goto("/");
  await eventually(() => hana.wire.nodeId, "connected").toBeDefined();
  const [user] = await mina.client.searchUsers("p.hana");
  const roomId = await mina.client.createGroup({
    title: "Walks",
    userIds: [user?.id ?? "", sora.userId],
  });
  await say(mina, roomId, "shall we go out");
  await hana.openRoom(roomId);
  const bubble = hana.page.getByTestId("bubble").filter({ hasText: "shall we go out" });
  await bubble.waitFor();
  const finger = await hana.context.newCDPSession(hana.page);
  const menu = hana.page.getByTestId("message-menu");

  await bubble.tap();
  await scroll(finger, bubble, 40);
  expect(await menu.count()).toBe(0);
  await rest(finger, bubble, menu);
  // The finger has gone up over it, and nothing was chosen by that.
  await hana.page.waitForTimeout(300);
  expect(await menu.isVisible()).toBe(true);
  expect(await hana.page.getByTestId("message-toolbar").isVisible(), "not both").toBe(false);
  await menu.getByRole("menuitem", { name: "React with 👍" }).tap();
  const reaction = hana.page.getByTestId("reaction");
  await eventually(() => reaction.getAttribute("aria-label"), "reacted").toBe("👍 1: Hana");
  await menu.waitFor({ state: "detached" });

  // Who it was: a finger sees no tooltip, but it can rest on the reaction, or look into the menu.
  const messages = mina.client.openRoom(roomId);
  const [{ message } = { message: null }] = messages.timeline.current.items.flatMap((item) =>
    item.kind === "message" && item.message.text !== null ? [item] : [],
  );
  await messages.react(message?.seq ?? 0, "👍", true);
  messages.close();
  await eventually(() => reaction.textContent(), "both").toContain("2");
  const reactors = hana.page.getByTestId("reactors");
  await rest(finger, reaction, reactors);
  await eventually(() => reactors.getByRole("listitem").allInnerTexts(), "who").toEqual([
    "Hana",
    "Mina",
  ]);
  // Some browsers call it a click when such a finger goes up.
  await reaction.dispatchEvent("click");
  await hana.button("Close").tap();
  await reactors.waitFor({ state: "detached" });
  expect(await reaction.textContent(), "and nothing was taken back by it").toContain("2");
  await rest(finger, bubble, menu);
  await menu.getByRole("menuitem", { name: "Who reacted" }).tap();
  await reactors.waitFor();
  await hana.button("Close").tap();
  await reactors.waitFor({ state: "detached" });

  await rest(finger, bubble, menu);
  await menu.getByRole("menuitem", { name: "Reply", exact: true }).tap();
  // On a phone Enter breaks the line.
  await hana.composer.fill("yes");
  await hana.composer.press("Enter");
  expect(await hana.composer.inputValue()).toBe("yes\n");
  await hana.composer.fill("yes");
  await hana.button("Send").tap();
  await hana.sees("yes");
  await Promise.all([mina.client.stop(), sora.client.stop()]);
});

test("Send is tapped in the middle of a syllable: it goes along, once, and the next one begins anew", async () => {
  const hana = await stage().enter({ nickname: "p.send", name: "Hana", hasPhone: true });
  const [mina] = await Promise.all([
    companion(stage().cluster.url, "p.reads", "Mina"),
    hana.createAccount(),
  ]);
  const [user] = await mina.client.searchUsers("p.send");
  const roomId = await mina.client.createDirect(user?.id ?? "");
  await say(mina, roomId, "hello");
  await hana.page.goto(`/rooms/${roomId}`);
  await hana.sees("hello");
  await hana.composer.tap();
  const inputMethod = await InputMethod.of(hana.page);
  await inputMethod.compose("ㅇ", "아", "안");
  await hana.button("Send").tap();
  await hana.sees("안");
  expect(await hana.composer.inputValue()).toBe("");
  await inputMethod.compose("ㄴ", "녀", "녕");
  await inputMethod.commit("녕");
  expect(await hana.composer.inputValue(), "without what was sent").toBe("녕");
  await hana.button("Send").tap();
  await hana.sees("녕");
  const said = (await stage().ledger.room(roomId)).map(({ text }) => text);
  expect(said).toEqual(["hello", "안", "녕"]);
  await mina.client.stop();
});
