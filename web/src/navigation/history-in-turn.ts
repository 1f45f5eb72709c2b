/** The browser's history takes its time to step back: what is to be done with it meanwhile is done after that. */
export class HistoryInTurn {
  /** Null while no step is waited for. */
  #due: (() => void)[] | null = null;

  do(change: () => void): void {
    if (this.#due === null) change();
    else this.#due.push(change);
  }

  /** One step back, which is waited for: the entry before must be there. */
  stepOut(): void {
    this.#due = [];
    history.back();
  }

  /** The browser has taken a step. Does what is due, and answers whether anything was. */
  arrive(): "as it was" | "gone on" {
    const due = this.#due ?? [];
    this.#due = null;
    // One of them may be a step to be waited for, too.
    for (const change of due) this.do(change);
    return due.length === 0 ? "as it was" : "gone on";
  }
}
