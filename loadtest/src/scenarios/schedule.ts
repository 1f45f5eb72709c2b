/**
 * When messages are to be sent: an open model. People do not wait for each other, so the next message
 * comes whether the last one has been answered or not, at times that follow from `seed` alone
 * (exponential gaps). A server that stalls meets all that was to be sent meanwhile, and each latency
 * counts from when its message was to be sent: nothing is left out of the measurement.
 */
export class Schedule {
  readonly #random: () => number;
  readonly #meanGapMicros: number;
  readonly #endMicros: number;
  #nextMicros: number;

  constructor(options: {
    random: () => number;
    ratePerSecond: number;
    startMicros: number;
    durationMicros: number;
  }) {
    this.#random = options.random;
    this.#meanGapMicros = 1e6 / options.ratePerSecond;
    this.#endMicros = options.startMicros + options.durationMicros;
    this.#nextMicros = options.startMicros + this.#gap();
  }

  /** When the next one is to be sent; undefined after the end. */
  get nextMicros(): number | undefined {
    return this.#nextMicros < this.#endMicros ? this.#nextMicros : undefined;
  }

  /** The time of each message that is due by `nowMicros` and has not been taken yet. */
  *due(nowMicros: number): Generator<number> {
    while (this.#nextMicros <= nowMicros && this.#nextMicros < this.#endMicros) {
      const intended = this.#nextMicros;
      this.#nextMicros += this.#gap();
      yield Math.floor(intended);
    }
  }

  #gap(): number {
    return -Math.log(1 - this.#random()) * this.#meanGapMicros;
  }
}
