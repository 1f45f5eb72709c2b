/** A browser that has not stepped back by then never will: another navigation has come between. */
const STEP_MS = 3_000;

/** The browser's history takes its time to step back: what is to be done with it meanwhile is done after that. */
export class HistoryInTurn {
  /** Null while no step is waited for. */
  #due: (() => void)[] | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  do(change: () => void): void {
    if (this.#due === null) change();
    else this.#due.push(change);
  }

  /** One step back, which is waited for: the entry before must be there. */
  stepOut(): void {
    this.#due = [];
    history.back();
    this.#timer = setTimeout(() => this.arrive(), STEP_MS);
  }

  /** The browser has taken a step. Does what is due, and answers whether anything was. */
  arrive(): "as it was" | "gone on" {
    const due = this.#due ?? [];
    this.#due = null;
    clearTimeout(this.#timer);
    // One of them may be a step to be waited for, too.
    for (const change of due) this.do(change);
    return due.length === 0 ? "as it was" : "gone on";
  }
}
