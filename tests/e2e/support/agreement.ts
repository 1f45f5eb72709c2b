import { expect } from "vitest";
import { eventually } from "./patience.ts";
import type { Person, Shown } from "./person.ts";
import type { Stage } from "./stage.ts";

/** More than a line takes on the screen, whoever has said the one before it. */
const LINE_PX_MAX = 80;

/** Who has said what, in the order in which they said it. */
export type Said = ReadonlyMap<Person, readonly string[]>;

/**
 * Waits until everybody's screen shows what the database holds, then proves that nothing was lost
 * or doubled and that everybody's own order was kept: numbers without a gap, one row for each
 * `clientId`, and of each person exactly what that person said.
 */
export async function expectAgreement(stage: Stage, roomId: string, said: Said): Promise<void> {
  const total = [...said.values()].flat().length;
  const texts = async () =>
    (await stage.ledger.room(roomId)).filter((row) => row.kind === "text").length;
  await eventually(texts, "everything said is stored").toBe(total);
  for (const person of said.keys()) {
    await showAll(person, total);
    const complete = async () => (await person.screen()).filter(({ seq }) => seq !== null).length;
    await eventually(complete, `${person.nickname} sees everything`).toBe(total);
  }

  const rows = await stage.ledger.room(roomId);
  expect(rows.map((row) => row.seq)).toEqual(rows.map((_, index) => index + 1));
  const messages = rows.filter((row) => row.kind === "text");
  expect(new Set(messages.map((row) => row.clientId)).size).toBe(messages.length);
  for (const [person, own] of said) {
    const ownId = ownIdOf(person);
    const stored = messages.filter((row) => row.senderId === ownId).map((row) => row.text);
    expect(stored, `${person.nickname}'s, in order`).toEqual(own);
    const shown: Shown[] = messages.map(({ seq, senderId, text }) => ({
      seq,
      state: "sent",
      isOwn: senderId === ownId,
      text: text ?? "",
    }));
    expect(await person.screen(), `${person.nickname}'s screen`).toEqual(shown);
  }
}

/** What is far from the view is not on the page: in a window as tall as the conversation all of it is. */
async function showAll({ page }: Person, lines: number): Promise<void> {
  const size = page.viewportSize();
  if (size === null) throw new Error("a window without a size");
  await page.setViewportSize({ ...size, height: size.height + lines * LINE_PX_MAX });
}

function ownIdOf(person: Person): string {
  const userId = person.wire.live?.ready?.userId;
  if (userId === undefined) throw new Error(`${person.nickname} is not connected`);
  return userId;
}
