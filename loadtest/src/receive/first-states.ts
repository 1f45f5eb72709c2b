/**
 * How each message of a room was when this process first met it: what its receivers nearly all hold, so that
 * each of them remembers only those messages that it holds in another state.
 */
export class FirstStates {
  readonly #bySeq = new Map<number, number>();

  /** The first one asked about a message decides. */
  of(seq: number, state: number): number {
    const known = this.#bySeq.get(seq);
    if (known === undefined) this.#bySeq.set(seq, state);
    return known ?? state;
  }
}
