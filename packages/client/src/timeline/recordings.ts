import type { Message } from "@moim/protocol";

/** What arrived while a page was on its way. */
export type Recording = {
  readonly changes: readonly Message[];
  /** The newest `rev` that the server spoke of. */
  readonly head: number;
  /** Deliveries may have been missed. */
  readonly hasGap: boolean;
};

/**
 * A page is older than what arrives while it travels. Every page asked for begins a recording first,
 * so that nothing falls between the two.
 */
export class Recordings {
  readonly #running = new Set<{ changes: Message[]; head: number; hasGap: boolean }>();

  async during<Result>(work: (recording: Recording) => Promise<Result>): Promise<Result> {
    const recording = { changes: [], head: 0, hasGap: false };
    this.#running.add(recording);
    try {
      return await work(recording);
    } finally {
      this.#running.delete(recording);
    }
  }

  addChanges(changes: readonly Message[]): void {
    for (const recording of this.#running) recording.changes.push(...changes);
  }

  addHead(rev: number): void {
    for (const recording of this.#running) recording.head = Math.max(recording.head, rev);
  }

  addGap(): void {
    for (const recording of this.#running) recording.hasGap = true;
  }
}
