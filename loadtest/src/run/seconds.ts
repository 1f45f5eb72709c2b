import { machineMicros } from "../measure/machine-clock.ts";
import { Live } from "./live.ts";
import type { Moment } from "./result.ts";
import type { Sample } from "./tally.ts";

const SECOND_MS = 1_000;
/** What workers say of a second is here so long after it. */
const SAMPLES_LATE_MS = 150;

/** The seconds of a run as they pass, for whoever watches and for its time line. */
export class Seconds {
  readonly #live: Live;
  readonly #onMoment: (moment: Moment) => void;
  #timer: NodeJS.Timeout | undefined;
  #passed = 0;
  /** Of the latest part. */
  #first = 0;

  constructor(workers: number, onMoment: (moment: Moment) => void) {
    this.#live = new Live(workers);
    this.#onMoment = onMoment;
  }

  take(worker: number, sample: Sample): void {
    this.#live.take(worker, sample);
  }

  start(): void {
    this.#timer = setInterval(() => this.#tick(), SECOND_MS);
  }

  /** A part's first second begins with its load, as its faults count; so do the workers' samples. */
  beginPart(startMicros: number): void {
    clearInterval(this.#timer);
    const waitMs = (startMicros - machineMicros()) / 1_000 + SAMPLES_LATE_MS;
    this.#first = this.#live.timeline.length;
    this.#timer = setTimeout(() => {
      this.#tick();
      this.#first = this.#live.timeline.length;
      this.start();
    }, waitMs);
  }

  /** Of the latest part. */
  get timeline(): Moment[] {
    const ofPart = this.#live.timeline.slice(this.#first);
    return ofPart.map((moment, index) => ({ ...moment, second: index + 1 }));
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    this.#onMoment(this.#live.moment(++this.#passed));
  }
}
