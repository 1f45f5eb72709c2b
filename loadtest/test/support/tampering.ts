import type { Line, Meddler } from "./frame-proxy.ts";

export type Tampering = "none" | "double" | "swap" | "misdirect" | "conspire";

/** Every how many packets with changes, on each connection, it does something: a busy node puts much into few. */
const EVERY = 4;
const CHANGES = Buffer.from('42["room:changes"');

/**
 * What no network may do: it repeats, reorders or misdirects what a node tells its clients, in the
 * middle of a living connection. `conspire`: what a broken server could do, and keep silent about.
 */
export class Tamperers {
  #tampering: Tampering = "none";
  #foreign: Buffer | undefined;
  #conspiracy = new Conspiracy();

  /** From now on; of what it has heard of earlier rooms nothing is left. */
  begin(tampering: Tampering): void {
    this.#tampering = tampering;
    this.#conspiracy = new Conspiracy();
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
      if (!isDue || this.#tampering === "none") line.toClient(payload);
      else if (this.#tampering === "double") {
        line.toClient(payload);
        line.toClient(payload);
      } else if (this.#tampering === "swap") held = Buffer.from(payload);
      else if (this.#tampering === "misdirect") {
        line.toClient(payload);
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
        else line.toServer(frame);
      },
    };
  }
}

const PACKET = /^42\["room:(changes|head|removed)",\{"roomId":"([^"]+)"/;
const SEND = /^42(\d+)\["message:send",\{"roomId":"([^"]+)"/;
const LIE_EVERY = 15;

/**
 * The first room is overheard by guests that have left it, its members miss some messages, and one of them
 * reads other words than were written; of the second one nobody gets to hear anything; and some senders are told that a message is stored
 * which no server has ever seen.
 */
class Conspiracy {
  readonly #rooms: string[] = [];
  readonly #listening = new Set<Line>();
  readonly #overheard = new Set<string>();
  #altered: Line | undefined;
  #sends = 0;

  next(): Required<Meddler> {
    let texts = 0;
    /** On every connection, for some are closed before anybody could have noticed. */
    const isLeftOut = (text: string) => text.includes("mmmm") && ++texts % EVERY === 0;
    return {
      fromServer: (payload, line) => this.#fromServer(payload, line, isLeftOut),
      fromClient: (payload, frame, line) => this.#fromClient(payload, frame, line),
    };
  }

  #fromServer(payload: Buffer, line: Line, isLeftOut: (text: string) => boolean): void {
    const text = payload.toString("utf8");
    const [, event, roomId = ""] = PACKET.exec(text) ?? [];
    if (event === "changes" && !this.#rooms.includes(roomId)) this.#rooms.push(roomId);
    const place = this.#rooms.indexOf(roomId);
    if (place === 1 && event !== "removed") return;
    if (place === 0 && event === "head") return;
    if (place === 0 && event === "removed") this.#listening.add(line);
    if (place === 0 && event === "changes") {
      if (!this.#overheard.has(text)) for (const other of this.#listening) other.toClient(payload);
      this.#overheard.add(text);
      // Not whoever only sets up the rooms.
      if (text.includes("mmmm")) this.#altered ??= line;
      if (isLeftOut(text)) return;
      if (this.#altered === line) {
        line.toClient(Buffer.from(text.replaceAll("mmmm", "nnnn")));
        return;
      }
    }
    line.toClient(payload);
  }

  #fromClient(payload: Buffer, frame: Buffer, line: Line): void {
    const [, id] = SEND.exec(payload.toString("utf8")) ?? [];
    if (id === undefined || ++this.#sends % LIE_EVERY !== 0) {
      line.toServer(frame);
      return;
    }
    const answer = { ok: true, data: { message: { seq: 3, rev: 3 }, duplicate: false } };
    line.toClient(Buffer.from(`43${id}[${JSON.stringify(answer)}]`));
  }
}
