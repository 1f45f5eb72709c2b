import { describe, expect, it } from "vitest";
import { EnterKey, type KeyPress } from "./enter-key.ts";

const ENTER: KeyPress = {
  key: "Enter",
  code: "Enter",
  keyCode: 13,
  isComposing: false,
  shiftKey: false,
  altKey: false,
  repeat: false,
};
const TAKEN: KeyPress = { ...ENTER, keyCode: 229, isComposing: true };
const TAKEN_ON_WINDOWS: KeyPress = { ...TAKEN, key: "Process" };
const LETTER: KeyPress = { ...ENTER, key: "a", code: "KeyA", keyCode: 65 };

type Step =
  | { start: true }
  | { update: string }
  | { end: string }
  | { down: KeyPress }
  | { up: Pick<KeyPress, "key" | "code"> };

/** As in a browser, where an event's properties are its prototype's and do not survive a spread. */
function asEvent<Properties extends object>(properties: Properties): Properties {
  return Object.create(properties);
}

/** A field as a browser drives it: the text grows with the composition and is emptied by sending. */
function play(steps: readonly Step[], { touch = false } = {}) {
  const enter = new EnterKey(() => touch);
  let text = "";
  let committed = "";
  let lineBreaks = 0;
  const sent: string[] = [];
  const act = (action: string, isKeyDown: boolean, press?: KeyPress) => {
    if (action === "send" && text !== "") {
      sent.push(text);
      text = "";
      committed = "";
    }
    const breaks = isKeyDown && action === "pass" && press?.key === "Enter";
    if (breaks && press.keyCode === 13) lineBreaks++;
  };
  for (const step of steps) {
    if ("start" in step) enter.compositionStart();
    else if ("update" in step) {
      enter.compositionUpdate(step.update);
      text = committed + step.update;
    } else if ("end" in step) {
      text = committed + step.end;
      committed = text;
      act(enter.compositionEnd(step.end), false);
    } else if ("down" in step) act(enter.keyDown(asEvent(step.down)), true, step.down);
    else enter.keyUp(asEvent(step.up));
  }
  return { sent, text, lineBreaks };
}

const compose = (...states: string[]): Step[] => [
  { start: true },
  ...states.map((update) => ({ update })),
];
const HANGUL = compose("ㅎ", "하", "한");
const UP: Step = { up: ENTER };

describe("one Enter sends a Hangul composition exactly once", () => {
  it.each<[string, Step[]]>([
    ["Chrome on Linux and Windows", [{ down: TAKEN }, { end: "한" }, UP]],
    ["Chrome on Windows, key named Process", [{ down: TAKEN_ON_WINDOWS }, { end: "한" }, UP]],
    ["Chrome on macOS, a second keydown", [{ down: TAKEN }, { end: "한" }, { down: ENTER }, UP]],
    [
      "Chrome, the press reported twice while composing",
      [{ down: TAKEN }, { down: TAKEN }, { end: "한" }, { down: ENTER }, UP],
    ],
    ["Firefox", [{ down: TAKEN_ON_WINDOWS }, { end: "한" }, UP]],
    ["Firefox, released before the end", [{ down: TAKEN }, UP, { end: "한" }]],
    ["Safari", [{ end: "한" }, { down: { ...TAKEN, isComposing: false } }, UP]],
    [
      "Safari, a plain Enter after it",
      [{ end: "한" }, { down: { ...TAKEN, isComposing: false } }, { down: ENTER }, UP],
    ],
    ["an input method that commits first", [{ end: "한" }, { down: ENTER }, UP]],
    [
      "a composition that ends with empty data",
      [{ down: TAKEN }, { update: "한" }, { end: "한" }, UP],
    ],
  ])("%s", (_browser, press) => {
    expect(play([...HANGUL, ...press])).toEqual({ sent: ["한"], text: "", lineBreaks: 0 });
  });

  it("and the next message is sent by the next press", () => {
    const press: Step[] = [{ down: TAKEN }, { end: "한" }, { down: ENTER }, UP];
    const second: Step[] = [...compose("글"), { down: TAKEN }, { end: "글" }, { down: ENTER }, UP];
    expect(play([...HANGUL, ...press, ...second]).sent).toEqual(["한", "글"]);
  });

  it("and a press released before the end takes nothing from the next one", () => {
    const steps: Step[] = [...HANGUL, { down: TAKEN }, UP, { end: "한" }];
    const pasted: Step[] = [{ end: "글" }, { down: ENTER }, UP];
    expect(play([...steps, ...pasted]).sent).toEqual(["한", "글"]);
  });

  it("also when the second Enter of the press comes late and another key follows", () => {
    const steps: Step[] = [...HANGUL, { down: TAKEN }, { end: "한" }, { down: LETTER }];
    const next: Step[] = [...compose("네"), { end: "네" }, { down: ENTER }, UP];
    expect(play([...steps, ...next]).sent).toEqual(["한", "네"]);
  });
});

describe("an Enter that ends another composition only commits", () => {
  it.each<[string, Step[]]>([
    ["Chrome", [...compose("に", "日本"), { down: TAKEN }, { end: "日本" }, UP]],
    ["Firefox", [...compose("に", "日本"), { down: TAKEN_ON_WINDOWS }, { end: "日本" }, UP]],
    [
      "Safari",
      [...compose("に", "日本"), { end: "日本" }, { down: { ...TAKEN, isComposing: false } }, UP],
    ],
    ["Chrome, pinyin", [...compose("ni", "你"), { down: TAKEN }, { end: "你" }, UP]],
    ["hanja chosen from a list", [...HANGUL, { down: TAKEN }, { end: "韓" }, UP]],
  ])("%s", (_browser, steps) => {
    const { sent, text } = play(steps);
    expect(sent).toEqual([]);
    expect(text).not.toBe("");
  });

  it("and the Enter after it sends", () => {
    const commit: Step[] = [...compose("日本"), { down: TAKEN }, { end: "日本" }, UP];
    expect(play([...commit, { down: ENTER }, UP]).sent).toEqual(["日本"]);
  });
});

describe("without a composition", () => {
  const typed: Step[] = [...compose("a"), { end: "a" }, { down: LETTER }];

  it("Enter sends once, however long it is held", () => {
    const held = { ...ENTER, repeat: true };
    const result = play([...typed, { down: ENTER }, { down: held }, { down: held }, UP]);
    expect(result).toEqual({ sent: ["a"], text: "", lineBreaks: 0 });
  });

  it("two presses send two messages, pasted or typed", () => {
    const pasted: Step[] = [{ end: "b" }, { down: ENTER }, UP];
    expect(play([...typed, { down: ENTER }, UP, ...pasted]).sent).toEqual(["a", "b"]);
  });

  it("Shift+Enter breaks the line", () => {
    const result = play([...typed, { down: { ...ENTER, shiftKey: true } }, UP]);
    expect(result).toEqual({ sent: [], text: "a", lineBreaks: 1 });
  });

  it("Enter on a touch keyboard breaks the line, in a composition too", () => {
    expect(play([...typed, { down: ENTER }, UP], { touch: true })).toEqual({
      sent: [],
      text: "a",
      lineBreaks: 1,
    });
    expect(play([...HANGUL, { down: TAKEN }, { end: "한" }], { touch: true }).sent).toEqual([]);
  });
});

it("leaving the field forgets a half-finished press", () => {
  const enter = new EnterKey(() => false);
  enter.compositionStart();
  enter.compositionUpdate("한");
  enter.keyDown(TAKEN);
  enter.reset();
  expect(enter.compositionEnd("한")).toBe("pass");
});
