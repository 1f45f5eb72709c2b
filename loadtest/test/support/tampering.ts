import { Conspiracy } from "./conspiracy.ts";
import type { Line, Meddler } from "./frame-proxy.ts";

export type Tampering = "none" | "double" | "swap" | "misdirect" | "swallow" | "conspire";

/** Every how many packets with changes, on each connection, it does something: a busy node puts much into few. */
const EVERY = 4;
/** What people of a run ask for, and not whoever sets up the rooms. */
const ASKING = /^42\d+\["message:(?:(send)".*mmmm|edit|delete|react)/;
const CHANGES = Buffer.from('42["room:changes"');

/**
 * What no network may do: it repeats, reorders or misdirects what a node tells its clients, in the
 * middle of a living connection. `swallow`: one message and one change never come to their server.
 * `conspire`: what a broken server could do, and keep silent about.
 */
export class Tamperers {
  #tampering: Tampering = "none";
  #foreign: Buffer | undefined;
  #conspiracy = new Conspiracy();
  #swallowed = new Set<string>();

  /** From now on; of what it has heard of earlier rooms nothing is left. */
  begin(tampering: Tampering): void {
    this.#tampering = tampering;
    this.#conspiracy = new Conspiracy();
    this.#swallowed = new Set();
  }

  /** For one connection. */
  next(): Meddler {
    let count = 0;
    let held: Buffer | undefined;
    const conspirator = this.#conspiracy.next();
    const meddle = (payload: Buffer, line: Line) => {
      const isDue = payload.subarray(0, CHANGES.length).equals(CHANGES) && ++count % EVERY === 0;
      const before = held;
      held = undefined;
      const tampering = isDue ? this.#tampering : "none";
      if (tampering === "swap") held = Buffer.from(payload);
      else line.toClient(payload);
      if (tampering === "double") line.toClient(payload);
      if (tampering === "misdirect") {
        if (this.#foreign !== undefined) line.toClient(this.#foreign);
        this.#foreign = Buffer.from(payload);
      }
      if (before !== undefined) line.toClient(before);
    };
    return {
      fromServer: (payload, line) =>
        this.#tampering === "conspire"
          ? conspirator.fromServer(payload, line)
          : meddle(payload, line),
      fromClient: (payload, frame, line) => {
        if (this.#tampering === "conspire") conspirator.fromClient(payload, frame, line);
        else if (!this.#isSwallowed(payload)) line.toServer(frame);
      },
    };
  }

  #isSwallowed(payload: Buffer): boolean {
    if (this.#tampering !== "swallow") return false;
    const [asking, send = "change"] = ASKING.exec(payload.toString("utf8")) ?? [];
    if (asking === undefined || this.#swallowed.has(send)) return false;
    this.#swallowed.add(send);
    return true;
  }
}
