/**
 * Decides what one press of Enter means in a text field that may be composing (Hangul, kana, pinyin).
 *
 * The rule: an Enter that ends a Hangul composition sends, exactly once and with the last syllable.
 * An Enter that ends any other composition only commits it. Shift+Enter, and Enter on a touch
 * keyboard, break the line.
 *
 * Why it is a state machine: browsers order the same press differently.
 *   Chrome   keydown 229 (composing) · compositionend · keydown 13 (on some systems) · keyup
 *   Firefox  keydown 229 (composing) · compositionend · keyup
 *   Safari   compositionend · keydown 229 (not composing) · keyup
 * Sending at the first keydown would send and then commit the last syllable once more into the
 * emptied field; ignoring every composing Enter would make Koreans press it twice.
 */
export type EnterAction =
  /** Let the browser do what it does. */
  | "pass"
  /** Take the text and send it; the browser must not act on the event. */
  | "send"
  /** The press has been used up: do nothing, and keep the browser from breaking the line. */
  | "swallow";

export type KeyPress = {
  key: string;
  code: string;
  keyCode: number;
  isComposing: boolean;
  shiftKey: boolean;
  altKey: boolean;
  repeat: boolean;
};

/** What browsers report for any key that an input method has taken. */
const TAKEN_BY_INPUT_METHOD = 229;

export class EnterKey {
  /** True for touch keyboards: no key for a line break but this one. */
  readonly #breaksLine: () => boolean;
  #composing = false;
  #composed = "";
  /** Enter was pressed in a Hangul composition that has not ended yet. */
  #sendsAtEnd = false;
  /** This press has sent already; what else it brings until it is released is swallowed. */
  #usedUp = false;
  #isDown = false;

  constructor(breaksLine: () => boolean) {
    this.#breaksLine = breaksLine;
  }

  compositionStart(): void {
    this.#composing = true;
    this.#composed = "";
  }

  compositionUpdate(data: string): void {
    this.#composed = data;
  }

  compositionEnd(data: string): EnterAction {
    this.#composing = false;
    // Some input methods end with empty data after the text went in by an ordinary input event.
    if (data !== "") this.#composed = data;
    if (!this.#sendsAtEnd) return "pass";
    this.#sendsAtEnd = false;
    // A chosen hanja or a kana word is not Hangul any more: that Enter only chose it.
    if (!endsInHangul(this.#composed)) return "pass";
    this.#usedUp = this.#isDown;
    return "send";
  }

  keyDown(press: KeyPress): EnterAction {
    if (!isEnter(press)) {
      this.#sendsAtEnd = false;
      this.#usedUp = false;
      return "pass";
    }
    this.#isDown = true;
    if (this.#usedUp) return "swallow";
    if (this.#breaksLine() || press.shiftKey || press.altKey) return "pass";
    if (this.#composing || press.isComposing) {
      this.#sendsAtEnd = endsInHangul(this.#composed);
      return "pass";
    }
    if (press.repeat) return "swallow";
    // Safari reports the Enter after the end of the composition that it ended.
    if (press.keyCode === TAKEN_BY_INPUT_METHOD && !endsInHangul(this.#composed)) return "pass";
    this.#usedUp = true;
    return "send";
  }

  keyUp({ key, code }: Pick<KeyPress, "key" | "code">): void {
    if (!isEnter({ key, code, keyCode: 0 })) return;
    this.#isDown = false;
    this.#usedUp = false;
  }

  /** The field lost the focus: whatever was half pressed is over. */
  reset(): void {
    this.#composing = false;
    this.#composed = "";
    this.#sendsAtEnd = false;
    this.#usedUp = false;
    this.#isDown = false;
  }
}

function isEnter({ key, code, keyCode }: Pick<KeyPress, "key" | "code" | "keyCode">): boolean {
  if (key === "Enter") return true;
  // Windows names the key "Process" while an input method holds it; the place on the keyboard stays.
  const takenByInputMethod = key === "Process" || keyCode === TAKEN_BY_INPUT_METHOD;
  return takenByInputMethod && (code === "Enter" || code === "NumpadEnter");
}

function endsInHangul(text: string): boolean {
  return /\p{Script=Hangul}$/u.test(text);
}
