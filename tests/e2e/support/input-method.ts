import type { CDPSession, Page } from "playwright-core";

/** What the browser reports for a key that an input method has taken. */
const TAKEN = 229;
const ENTER = 13;
const ENTER_KEY = { key: "Enter", code: "Enter" };

/** A system's input method, as Chromium sees one: it composes, commits, and takes keys. */
export class InputMethod {
  readonly #devtools: CDPSession;

  private constructor(devtools: CDPSession) {
    this.#devtools = devtools;
  }

  static async of(page: Page): Promise<InputMethod> {
    return new InputMethod(await page.context().newCDPSession(page));
  }

  /** Shows each state of what is being composed in turn, in the field that has the focus. */
  async compose(...states: readonly string[]): Promise<void> {
    for (const text of states) {
      await this.#devtools.send("Input.imeSetComposition", {
        text,
        selectionStart: text.length,
        selectionEnd: text.length,
      });
    }
  }

  /** Ends the composition with this text. */
  async commit(text: string): Promise<void> {
    await this.#devtools.send("Input.insertText", { text });
  }

  /** The key press that the input method takes for itself. */
  async enterTaken(): Promise<void> {
    await this.#enter("rawKeyDown", TAKEN);
  }

  /** The same press again, as some systems pass it on once the composition has ended. */
  async enterPassedOn(): Promise<void> {
    await this.#enter("keyDown", ENTER);
  }

  async enterReleased(): Promise<void> {
    await this.#enter("keyUp", ENTER);
  }

  async #enter(type: "rawKeyDown" | "keyDown" | "keyUp", keyCode: number): Promise<void> {
    await this.#devtools.send("Input.dispatchKeyEvent", {
      type,
      ...ENTER_KEY,
      windowsVirtualKeyCode: keyCode,
      nativeVirtualKeyCode: keyCode,
      ...(type === "keyDown" ? { text: "\r" } : {}),
    });
  }
}
