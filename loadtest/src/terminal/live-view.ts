import type { Moment } from "../run/result.ts";

const BAR_CELLS = 24;
const PLAIN_EVERY_SECONDS = 5;

export type Output = { write(text: string): unknown; isTTY?: boolean };

/** What a run shows while it goes on: one block redrawn on a terminal, plain lines everywhere else. */
export class LiveView {
  readonly #output: Output;
  readonly #durationSeconds: number;
  #drawnLines = 0;
  #talkingSeconds = 0;
  #plainSeconds = 0;
  #errors = 0;
  #lastPhase = "";

  constructor(output: Output, durationMs: number) {
    this.#output = output;
    this.#durationSeconds = durationMs / 1_000;
  }

  show(moment: Moment, phase: string): void {
    this.#talkingSeconds = phase === "talking" ? this.#talkingSeconds + 1 : 0;
    this.#errors += moment.errors;
    if (this.#output.isTTY) this.#redraw(moment, phase);
    else this.#print(moment, phase);
  }

  /** Takes the block away, for what comes below. */
  clear(): void {
    if (this.#drawnLines > 0) this.#output.write(`\x1b[${this.#drawnLines}A\x1b[0J`);
    this.#drawnLines = 0;
  }

  #print(moment: Moment, phase: string): void {
    const isNew = phase !== this.#lastPhase;
    this.#lastPhase = phase;
    if (!isNew && ++this.#plainSeconds < PLAIN_EVERY_SECONDS) return;
    this.#plainSeconds = 0;
    const { sent, delivered, deliveryP50, deliveryP99, ackP99, connected } = moment;
    const figures =
      `${connected} connected, ${sent} sent/s, ${delivered} delivered/s, delivery p50 ${measured(deliveryP50)} ` +
      `p99 ${measured(deliveryP99)}, ack p99 ${measured(ackP99)}, ${this.#errors} errors`;
    this.#output.write(`${phase}: ${figures}\n`);
  }

  #redraw(moment: Moment, phase: string): void {
    this.clear();
    const share = Math.min(this.#talkingSeconds / this.#durationSeconds, 1);
    const full = Math.round(share * BAR_CELLS);
    const bar = "█".repeat(full) + "░".repeat(BAR_CELLS - full);
    const time =
      phase === "talking"
        ? `${Math.min(this.#talkingSeconds, this.#durationSeconds)} / ${this.#durationSeconds} s`
        : "";
    const lines = [
      "",
      `  ${bar}  ${phase} ${time}`,
      "",
      `  connected   ${column(moment.connected)}     errors      ${column(this.#errors)}`,
      `  sent/s      ${column(moment.sent)}     delivered/s ${column(moment.delivered)}`,
      `  delivery    p50 ${measured(moment.deliveryP50)}   p99 ${measured(moment.deliveryP99)}`,
      `  ack                       p99 ${measured(moment.ackP99)}`,
      "",
    ];
    this.#output.write(`${lines.join("\n")}\n`);
    this.#drawnLines = lines.length;
  }
}

function column(value: number): string {
  return value.toLocaleString("en").padStart(9);
}

/** A second in which nothing was measured has no latency. */
function measured(value: number): string {
  return value === 0 ? "–" : ms(value);
}

/** Three digits that matter. */
export function ms(value: number): string {
  if (value >= 10_000) return `${(value / 1_000).toFixed(1)} s`;
  return `${value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)} ms`;
}
