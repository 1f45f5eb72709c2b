import { beforeEach, expect, test } from "vitest";
import { expectAgreement } from "./support/agreement.ts";
import { InputMethod } from "./support/input-method.ts";
import { ENTER, playInput, RELEASED, TAKEN } from "./support/other-browsers.ts";
import { eventually } from "./support/patience.ts";
import type { Person } from "./support/person.ts";
import { useStage } from "./support/stage.ts";

const stage = useStage();

let writer: Person;
let reader: Person;
let inputMethod: InputMethod;
beforeEach(async ({ task }) => {
  const number = task.file.tasks.indexOf(task);
  [writer, reader] = await Promise.all([
    stage().enter({ nickname: `writer${number}`, name: "지우", language: "ko" }),
    stage().enter({ nickname: `reader${number}`, name: "Reader" }),
  ]);
  await Promise.all([writer.join(), reader.join()]);
  await writer.startRoom(reader);
  inputMethod = await InputMethod.of(writer.page);
  await writer.composer.focus();
});

/** Sent, and nothing of it stays behind in the field: not even the last syllable. */
async function expectSent(text: string): Promise<void> {
  await writer.sees(text);
  expect(await writer.composer.inputValue()).toBe("");
}

/** Sent in order, so what a press sent once too often stands before the last line. */
async function expectSaid(...texts: readonly string[]): Promise<void> {
  await expectSent(texts.at(-1) ?? "");
  await reader.openRoom(writer.roomId);
  const said = new Map([
    [writer, texts],
    [reader, []],
  ]);
  await expectAgreement(stage(), writer.roomId, said);
}

test("one Enter at the end of a Hangul composition sends once, with the last syllable", async () => {
  await inputMethod.compose("ㅇ", "아", "안");
  await inputMethod.commit("안");
  await inputMethod.compose("ㄴ", "녀", "녕");
  await inputMethod.enterTaken();
  await inputMethod.commit("녕");
  await inputMethod.enterReleased();
  await expectSent("안녕");
  await writer.write("끝");
  await expectSaid("안녕", "끝");
});

test("also where the system passes the same press on, and the next press sends the next one", async () => {
  for (const word of ["한", "글"]) {
    await inputMethod.compose("ㅎ", word);
    await inputMethod.enterTaken();
    await inputMethod.commit(word);
    await inputMethod.enterPassedOn();
    await inputMethod.enterReleased();
    await expectSent(word);
  }
  await writer.write("끝");
  await expectSaid("한", "글", "끝");
});

test("an Enter that ends a Japanese composition only commits it; the next one sends", async () => {
  await inputMethod.compose("に", "にほん", "日本");
  await inputMethod.enterTaken();
  await inputMethod.commit("日本");
  await inputMethod.enterReleased();
  expect(await writer.composer.inputValue()).toBe("日本");
  await inputMethod.compose("ご", "語");
  await inputMethod.enterTaken();
  await inputMethod.commit("語");
  await inputMethod.enterReleased();
  expect(await writer.composer.inputValue()).toBe("日本語");
  expect(await writer.screen()).toEqual([]);
  await writer.composer.press("Enter");
  await expectSaid("日本語");
});

test("Shift+Enter breaks the line, and what is sent keeps it", async () => {
  await writer.composer.pressSequentially("one");
  await writer.composer.press("Shift+Enter");
  await writer.composer.pressSequentially("two");
  await writer.composer.press("Enter");
  await expectSaid("one\ntwo");
});

test("in the orders in which Firefox and Safari tell of it: Hangul is sent once, kanji are only committed", async () => {
  const { composer } = writer;
  const firefox = (text: string) => [
    { composed: text },
    { down: { ...TAKEN, key: "Process", isComposing: true } },
    { ended: text },
    { input: text },
    { up: RELEASED },
  ];
  const safari = (text: string) => [
    { composed: text },
    { input: text },
    { ended: text },
    { down: { ...TAKEN, isComposing: false } },
    { up: RELEASED },
  ];
  const said: string[] = [];
  for (const [name, order] of Object.entries({ firefox, safari })) {
    await playInput(composer, order("한글"));
    said.push("한글");
    await eventually(() => writer.screen(), `${name}: sent`).toHaveLength(said.length);
    expect(await composer.inputValue(), `${name}: emptied`).toBe("");

    await playInput(composer, order("日本"));
    expect(await composer.inputValue(), `${name}: only committed`).toBe("日本");
    await playInput(composer, [{ down: ENTER }, { up: RELEASED }]);
    said.push("日本");
    await eventually(() => writer.screen(), `${name}: sent`).toHaveLength(said.length);
  }
  await expectSaid(...said);
});
