import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { expectAgreement } from "./support/agreement.ts";
import { companion, say } from "./support/company.ts";
import { sitOnDifferentNodes } from "./support/nodes.ts";
import { eventually } from "./support/patience.ts";
import type { Person } from "./support/person.ts";
import { useStage } from "./support/stage.ts";

const stage = useStage();

function nodeOf(person: Person) {
  const node = stage().cluster.nodes.find(({ name }) => name === person.wire.nodeId);
  if (node === undefined) throw new Error(`${person.nickname} is connected to no node`);
  return node;
}

test("nodes die under the two who talk: both come to the other node, and all is there once", async () => {
  const [mina, joon] = await Promise.all([
    stage().enter({ nickname: "mina", name: "Mina" }),
    stage().enter({ nickname: "joon", name: "준이", language: "ko" }),
  ]);
  await Promise.all([mina.join(), joon.join()]);
  await sitOnDifferentNodes(mina, joon);
  await mina.startRoom(joon);
  const said = new Map<Person, string[]>([
    [mina, []],
    [joon, []],
  ]);
  const talk = async (subject: string, lines: number) => {
    for (let line = 1; line <= lines; line += 1) {
      for (const [person, own] of said) {
        own.push(`${subject} ${line} by ${person.name}`);
        await person.write(own.at(-1) ?? "");
      }
    }
  };
  const bothOn = (name: string) =>
    eventually(() => [mina.wire.nodeId, joon.wire.nodeId], "both are connected").toEqual([
      name,
      name,
    ]);

  await mina.write("first");
  said.get(mina)?.push("first");
  await joon.openRoom(mina.roomId);

  // In the middle of what both are saying.
  const [first, second] = [nodeOf(mina), nodeOf(joon)];
  const talking = talk("one dies", 6);
  await joon.sees("one dies 1 by Mina");
  await Promise.all([first.kill(), talking]);
  await bothOn(second.name);

  // Now both lose theirs at once.
  const returned = await stage().cluster.restartNode(first);
  const talkingOn = talk("the other dies", 6);
  await joon.sees("the other dies 1 by Mina");
  await Promise.all([second.kill(), talkingOn]);
  await bothOn(returned.name);
  await talk("afterwards", 1);
  await expectAgreement(stage(), mina.roomId, said);
  expect(said.get(mina)).toHaveLength(14);
});

test("a browser is killed between Enter and the answer: started again, it sends each message once", async () => {
  const profile = mkdtempSync(join(tmpdir(), "moim-profile-"));
  const hana = { nickname: "x.hana", name: "Hana" };
  try {
    // An account from before: what a browser keeps of it has been on the disk for long.
    const before = await stage().enterWithProfile(hana, profile);
    await before.person.signUp();
    const mina = await companion(stage().cluster.url, "x.mina", "Mina");
    const [user] = await mina.client.searchUsers(hana.nickname);
    const roomId = await mina.client.createDirect(user?.id ?? "");
    await say(mina, roomId, "are you on the train?");
    await before.person.openRoom(roomId);
    await before.person.sees("are you on the train?");
    await before.browser.context.close();

    const { person, browser } = await stage().enterWithProfile(hana, profile);
    await person.page.goto(`/rooms/${roomId}`);
    await person.connected();
    await browser.keepCookies();
    await person.sees("are you on the train?");
    person.cable.loseAnswers();
    await person.write("just in the tunnel");
    const stored = async () => (await stage().ledger.room(roomId)).map(({ text }) => text);
    await eventually(stored, "the first one is there").toContain("just in the tunnel");
    await person.write("hear you later");
    const unsent = async () => (await person.screen()).filter(({ seq }) => seq === null);
    await eventually(async () => (await unsent()).map(({ text }) => text), "unanswered").toEqual([
      "just in the tunnel",
      "hear you later",
    ]);
    // Taken over by what is to be sent, and no draft any more.
    const draft = () =>
      person.page.evaluate(
        (id) => Object.keys(localStorage).filter((key) => key.endsWith(id)),
        roomId,
      );
    await eventually(draft, "on the disk").toEqual([]);
    await browser.kill();

    const after = await stage().enterWithProfile(hana, profile);
    await after.person.page.goto("/");
    await after.person.openRoom(roomId);
    await after.person.sees("hear you later");
    await after.person.waitsWith("sending", []);
    const said = ["are you on the train?", "just in the tunnel", "hear you later"];
    expect(await stored()).toEqual(said);
    expect((await after.person.screen()).map(({ text }) => text)).toEqual(said);
    await mina.client.stop();
    await after.browser.context.close();
  } finally {
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
});
