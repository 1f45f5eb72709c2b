type Stop = { endMicros: number; micros: number };

/**
 * When this process did not run, or was too busy to look: whatever came meanwhile it has read late, and its
 * servers are not to blame for that.
 */
export class Standstill {
  readonly #nowMicros: () => number;
  readonly #everyMicros: number;
  readonly #stops: Stop[] = [];
  #lastMicros: number;

  /** `tick` is to be called so often. */
  constructor(everyMs: number, nowMicros: () => number) {
    this.#everyMicros = everyMs * 1_000;
    this.#nowMicros = nowMicros;
    this.#lastMicros = nowMicros();
  }

  /** True when the call came so late that what is there to be read has to be read first. */
  tick(): boolean {
    const nowMicros = this.#nowMicros();
    const micros = this.#lateMicros(nowMicros);
    this.#lastMicros = nowMicros;
    if (micros > 0) this.#stops.push({ endMicros: nowMicros, micros });
    return micros > 0;
  }

  /** How much of the time since then it stood still, at most. */
  sinceMicros(micros: number): number {
    let total = this.#lateMicros(this.#nowMicros());
    for (const stop of this.#stops) if (stop.endMicros > micros) total += stop.micros;
    return total;
  }

  #lateMicros(nowMicros: number): number {
    const micros = nowMicros - this.#lastMicros - this.#everyMicros;
    return micros > this.#everyMicros ? micros : 0;
  }
}
