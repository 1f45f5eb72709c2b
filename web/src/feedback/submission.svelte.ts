import type { App } from "../app.svelte.ts";
import type { Saying } from "./saying.ts";

/** What a form's button does: one attempt at a time, and what went wrong with the last one. */
export class Submission {
  readonly #app: Pick<App, "sayingOf">;
  #busy = $state(false);
  #failure: Saying | null = $state.raw(null);

  constructor(app: Pick<App, "sayingOf">) {
    this.#app = app;
  }

  get busy(): boolean {
    return this.#busy;
  }

  get failure(): Saying | null {
    return this.#failure;
  }

  /**
   * Resolves to whether the work succeeded; what was typed is the form's to keep. Pressed again
   * meanwhile, nothing is done twice.
   */
  async run(work: () => Promise<unknown>): Promise<boolean> {
    if (this.#busy) return false;
    this.#busy = true;
    this.#failure = null;
    try {
      await work();
      return true;
    } catch (error) {
      this.#failure = this.#app.sayingOf(error);
      return false;
    } finally {
      this.#busy = false;
    }
  }

  /** What a form has found wrong by itself, or knows better. */
  fail(saying: Saying): void {
    this.#failure = saying;
  }
}
