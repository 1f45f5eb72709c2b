import { expect, test } from "vitest";
import { expectAgreement } from "./support/agreement.ts";
import { sitOnDifferentNodes } from "./support/nodes.ts";
import { eventually } from "./support/patience.ts";
import type { Person } from "./support/person.ts";
import { useStage } from "./support/stage.ts";

/** Short, so that tokens run out in the middle of a conversation. */
const TOKEN_SECONDS = 5;

const stage = useStage({ ACCESS_TOKEN_TTL_SECONDS: String(TOKEN_SECONDS) });

/** Two people who have just signed up and look at their direct room, on different nodes. */
async function twoInARoom(): Promise<{ mina: Person; joon: Person; roomId: string }> {
  const [mina, joon] = await Promise.all([
    stage().enter({ nickname: "mina", name: "Mina" }),
    stage().enter({ nickname: "joon", name: "준이", language: "ko" }),
  ]);
  await Promise.all([mina.signUp(), joon.signUp()]);
  await sitOnDifferentNodes(mina, joon);
  await mina.startRoom(joon);
  const { roomId } = mina;
  await mina.write("hello");
  await joon.openRoom(roomId);
  return { mina, joon, roomId };
}

test("two people on two nodes: a token renewed in mid-talk, a time offline, a reload", async () => {
  const { mina, joon, roomId } = await twoInARoom();
  const said = new Map<Person, string[]>([
    [mina, ["hello"]],
    [joon, []],
  ]);
  const write = (person: Person, text: string) => {
    said.get(person)?.push(text);
    return person.write(text);
  };
  const exchange = async (subject: string) => {
    await Promise.all([write(mina, `${subject}?`), write(joon, `${subject}!`)]);
    await Promise.all([joon.sees(`${subject}?`), mina.sees(`${subject}!`)]);
  };
  expect(mina.wire.nodeId).not.toBe(joon.wire.nodeId);

  // The token runs out while they talk, and nothing of it is to be noticed.
  const minasChat = mina.wire.live;
  const firstExpiry = minasChat?.ready?.tokenExpiresAt ?? 0;
  expect(firstExpiry - Date.now()).toBeLessThanOrEqual(TOKEN_SECONDS * 1_000);
  await exchange("before");
  await eventually(
    () => minasChat?.answersTo("token:renew"),
    "the token is renewed",
  ).toContainEqual({ ok: true, data: { expiresAt: expect.any(Number) } });
  await exchange("renewed");
  await eventually(() => Date.now() > firstExpiry, "the first token has run out").toBe(true);
  await exchange("after");
  expect(mina.wire.live).toBe(minasChat);
  // A busy machine may renew late: within the grace, in place.
  expect(minasChat?.received("session:closed")).toEqual([]);

  // An answer is lost after the commit, then everything; what is typed meanwhile waits.
  joon.cable.loseAnswers();
  await write(joon, "arrived, but nobody says so");
  await mina.sees("arrived, but nobody says so");
  await joon.goOffline();
  await write(joon, "offline 1");
  await write(joon, "offline 2");
  await write(mina, "are you there?");
  await write(mina, "it seems not");
  await mina.sees("it seems not");
  const waiting = ["arrived, but nobody says so", "offline 1", "offline 2"];
  await joon.waitsWith("waiting", waiting);
  await joon.page.locator("[data-testid=connection-banner][data-banner=offline]").waitFor();
  await joon.composer.pressSequentially("half a sentence");

  // The page comes back before the connection does: the outbox and the draft are what it had.
  joon.cable.plugInWithoutChat();
  await joon.context.setOffline(false);
  await joon.page.reload();
  await joon.waitsWith("waiting", waiting);
  expect(await joon.composer.inputValue()).toBe("half a sentence");
  await joon.composer.press("Enter");
  said.get(joon)?.push("half a sentence");
  await joon.waitsWith("waiting", [...waiting, "half a sentence"]);
  expect(joon.wire.live).toBeUndefined();

  joon.cable.plugIn();
  await joon.sees("half a sentence");
  await exchange("back");
  await expectAgreement(stage(), roomId, said);
});
