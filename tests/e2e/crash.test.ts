import { expect, test } from "vitest";
import { expectAgreement } from "./support/agreement.ts";
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
