import { Latencies } from "../measure/latencies.ts";
import type { Moment } from "./result.ts";
import { COUNTER_NAMES, type Counters, type Sample, zeros } from "./tally.ts";

/** Adds up the workers' seconds, as they come, to those of the run. */
export class Live {
  readonly timeline: Moment[] = [];
  readonly #workers: number;
  #samples: Sample[] = [];
  #last = zeros(COUNTER_NAMES);
  #delivery = new Latencies();
  #ack = new Latencies();
  readonly #latest = new Map<number, Sample>();

  constructor(workers: number) {
    this.#workers = workers;
  }

  take(worker: number, sample: Sample): void {
    this.#latest.set(worker, sample);
    this.#samples.push(sample);
  }

  get counters(): Counters {
    const total = zeros(COUNTER_NAMES);
    for (const { counters } of this.#latest.values()) {
      for (const name of COUNTER_NAMES) total[name] += counters[name];
    }
    return total;
  }

  /** One second is over: what came since the last call is its moment. */
  moment(second: number): Moment {
    for (const sample of this.#samples) {
      this.#delivery.add(Latencies.decode(sample.delivery));
      this.#ack.add(Latencies.decode(sample.ack));
    }
    this.#samples = [];
    const counters = this.counters;
    const last = this.#last;
    const connected = [...this.#latest.values()].reduce((sum, one) => sum + one.connected, 0);
    const moment = {
      second,
      sent: counters.sent - last.sent,
      acknowledged: counters.acknowledged - last.acknowledged,
      delivered: counters.delivered - last.delivered,
      errors: counters.errors - last.errors,
      connected,
      deliveryP50: this.#delivery.percentileMs(50),
      deliveryP99: this.#delivery.percentileMs(99),
      ackP99: this.#ack.percentileMs(99),
    };
    this.#delivery.reset();
    this.#ack.reset();
    this.#last = counters;
    this.timeline.push(moment);
    return moment;
  }

  /** Whether every worker has been heard. */
  get isComplete(): boolean {
    return this.#latest.size === this.#workers;
  }
}
