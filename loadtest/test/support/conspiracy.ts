import type { Line, Meddler } from "./frame-proxy.ts";

/** What is done to the rooms in the order in which they are first heard of; nothing to those after them. */
const PLOTS = ["whispers", "silence", "late", "reset", "unanswered"] as const;
type Plot = (typeof PLOTS)[number];

const PACKET = /^42\["room:(changes|head|removed)",\{"roomId":"([^"]+)"/;
const SEND = /^42(\d+)\["message:send",\{"roomId":"([^"]+)"/;
const SYNCED = /^43\d+\[\{"ok":true,"data":\{"rooms":\[\{"roomId":/;
/** A message of the run, and not of whoever sets up the rooms. */
const TALK = "mmmm";
/** Packets, not messages: a busy node puts much into few. */
const LEAVE_OUT_EVERY = 4;
const LIE_EVERY = 15;
/**
 * Beyond what the contract allows, and by so much that a run on a busy machine, which takes off what its own receiver
 * and sender were late, still finds it; and well before the run ends, which compares for eight seconds.
 */
const LATE_MS = 9_000;

type Changes = { roomId: string; changes: { rev: number }[] };
type Synced = { roomId: string; rev: number };

/**
 * A server that lies. Its first room is overheard by guests that have left it, its members miss some messages, and one
 * of them reads other words than were written; of the second one nobody gets to hear anything. Of the third one a
 * member hears nothing for a while, and is then told so. A member of the fourth one misses a message, is told so, and
 * asking for it is told to load everything anew; in the fifth one it gets no answer. And some senders are told that a
 * message is stored which no server has ever seen.
 */
export class Conspiracy {
  readonly #rooms: string[] = [];
  readonly #listening = new Set<Line>();
  readonly #overheard = new Set<string>();
  /** The one to whom it is done, where it is done to one alone. */
  readonly #victims = new Map<Plot, Line>();
  #sends = 0;

  next(): Required<Meddler> {
    let texts = 0;
    /** On every connection, for some are closed before anybody could have noticed. */
    const isLeftOut = (text: string) => text.includes(TALK) && ++texts % LEAVE_OUT_EVERY === 0;
    return {
      fromServer: (payload, line) => this.#fromServer(payload, line, isLeftOut),
      fromClient: (payload, frame, line) => this.#fromClient(payload, frame, line),
    };
  }

  #fromServer(payload: Buffer, line: Line, isLeftOut: (text: string) => boolean): void {
    const text = payload.toString("utf8");
    if (SYNCED.test(text)) {
      line.toClient(this.#synced(text, line));
      return;
    }
    const [, event, roomId = ""] = PACKET.exec(text) ?? [];
    if (event === "changes" && !this.#rooms.includes(roomId)) this.#rooms.push(roomId);
    switch (PLOTS[this.#rooms.indexOf(roomId)]) {
      case "whispers":
        this.#whisper(payload, line, event, isLeftOut);
        return;
      case "silence":
        if (event === "removed") line.toClient(payload);
        return;
      case "late":
        if (!this.#keptBack("late", text, line, LATE_MS)) line.toClient(payload);
        return;
      case "reset":
        if (!this.#leftOutOnce("reset", text, line)) line.toClient(payload);
        return;
      case "unanswered":
        if (!this.#leftOutOnce("unanswered", text, line)) line.toClient(payload);
        return;
      case undefined:
        line.toClient(payload);
    }
  }

  #whisper(
    payload: Buffer,
    line: Line,
    event: string | undefined,
    isLeftOut: (text: string) => boolean,
  ): void {
    const text = payload.toString("utf8");
    if (event === "head") return;
    if (event === "removed") this.#listening.add(line);
    if (event !== "changes") {
      line.toClient(payload);
      return;
    }
    if (!this.#overheard.has(text)) for (const other of this.#listening) other.toClient(payload);
    this.#overheard.add(text);
    if (isLeftOut(text)) return;
    const isVictim = text.includes(TALK) && this.#isVictim("whispers", line);
    line.toClient(isVictim ? Buffer.from(text.replaceAll(TALK, "nnnn")) : payload);
  }

  /** Everything of the room, from the first message on: its member is told of it after so long. */
  #keptBack(plot: Plot, text: string, line: Line, afterMs: number): boolean {
    if (this.#victims.get(plot) === line) return true;
    if (!text.includes(TALK) || !this.#isVictim(plot, line)) return false;
    setTimeout(() => tellHead(text, line), afterMs).unref();
    return true;
  }

  #leftOutOnce(plot: Plot, text: string, line: Line): boolean {
    if (this.#victims.has(plot) || !text.includes(TALK)) return false;
    this.#victims.set(plot, line);
    tellHead(text, line);
    return true;
  }

  #isVictim(plot: Plot, line: Line): boolean {
    const victim = this.#victims.get(plot) ?? line;
    this.#victims.set(plot, victim);
    return victim === line;
  }

  /** An answer to `room:sync`. */
  #synced(text: string, line: Line): Buffer {
    const [, head = "", json = ""] = /^(43\d+)(.*)$/s.exec(text) ?? [];
    const [answer] = JSON.parse(json);
    answer.data.rooms = answer.data.rooms.flatMap((room: Synced) => {
      const plot = PLOTS[this.#rooms.indexOf(room.roomId)];
      if (plot === undefined || this.#victims.get(plot) !== line) return [room];
      if (plot === "reset") return [{ ...room, changes: [], more: false, reset: true }];
      return plot === "unanswered" ? [] : [room];
    });
    return Buffer.from(`${head}${JSON.stringify([answer])}`);
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

/** `room:head`: something of this packet's room is missing. */
function tellHead(packet: string, line: Line): void {
  const [, { roomId, changes }] = JSON.parse(packet.slice(2)) as [string, Changes];
  const head = { roomId, rev: changes.at(-1)?.rev };
  line.toClient(Buffer.from(`42${JSON.stringify(["room:head", head])}`));
}
