import { randomUUID } from "node:crypto";
import { Latencies } from "../../src/measure/latencies.ts";
import { machineMicros } from "../../src/measure/machine-clock.ts";
import { SocketIoConnection } from "../../src/wire/socket-io.ts";
import type { Account, Counts, SocketPlan, Tally } from "./tasks.ts";

/** Sends that are due are looked for so often: what is late by it is late for both sides. */
const PACE_TICK_MS = 1;
const STAMP_DIGITS = 16;
const REST_OF_TEXT = " a sentence of the usual length";
/** Found in place: parsing what arrives would cost more than all that the servers do. */
const CLIENT_ID = Buffer.from('"clientId":"');
const TEXT = Buffer.from('"text":"');
const ACCEPTED = Buffer.from('{"ok":true,');

type Sender = { socket: SocketIoConnection; roomId: string };
type Receiver = { roomId: string; got: Tally };

/** All sockets of one generator process, and what they count together. */
export class Crowd {
  readonly #fail: (reason: string) => void;
  readonly #senders: Sender[] = [];
  readonly #receivers: Receiver[] = [];
  readonly #answeredIn = new Map<string, Tally>();
  readonly #answers = new Latencies();
  readonly #deliveries = new Latencies();
  #inFlight = 0;
  #onTheirWay = 0;
  #isTimed = false;
  #stopPacing: () => void = () => {};
  #answered = 0;
  #delivered = 0;
  #mark = { answered: 0, delivered: 0, atMicros: 0, cpu: process.cpuUsage() };

  constructor(fail: (reason: string) => void) {
    this.#fail = fail;
  }

  /** Sends that have not been answered. */
  get onTheirWay(): number {
    return this.#onTheirWay;
  }

  /** Resolves once all are ready; `atOnce` connect at a time. */
  async connect(plans: readonly SocketPlan[], atOnce: number): Promise<void> {
    const waiting = [...plans].reverse();
    const joinNext = async () => {
      for (let plan = waiting.pop(); plan; plan = waiting.pop()) await this.#join(plan);
    };
    await Promise.all(Array.from({ length: Math.min(atOnce, plans.length) }, joinNext));
  }

  saturate(inFlight: number): void {
    this.#inFlight = inFlight;
    this.#isTimed = false;
    for (const sender of this.#senders) {
      sender.socket.cork();
      for (let count = 0; count < inFlight; count++) this.#send(sender, 0);
    }
  }

  pace(perSecond: number): void {
    this.#isTimed = true;
    const startedAt = machineMicros();
    const gapMicros = 1e6 / perSecond;
    let sent = 0;
    const timer = setInterval(() => {
      for (const due = (machineMicros() - startedAt) / gapMicros; sent < due; sent++) {
        const sender = this.#senders[sent % this.#senders.length];
        if (sender) this.#send(sender, Math.round(startedAt + sent * gapMicros));
      }
    }, PACE_TICK_MS);
    this.#stopPacing = () => clearInterval(timer);
  }

  stop(): void {
    this.#inFlight = 0;
    this.#stopPacing();
  }

  mark(): void {
    this.#mark = {
      answered: this.#answered,
      delivered: this.#delivered,
      atMicros: machineMicros(),
      cpu: process.cpuUsage(),
    };
    this.#answers.reset();
    this.#deliveries.reset();
  }

  counts(): Counts {
    const { user, system } = process.cpuUsage(this.#mark.cpu);
    return {
      answered: this.#answered - this.#mark.answered,
      delivered: this.#delivered - this.#mark.delivered,
      answers: this.#answers.encode(),
      deliveries: this.#deliveries.encode(),
      cpuSeconds: (user + system) / 1e6,
      seconds: (machineMicros() - this.#mark.atMicros) / 1e6,
    };
  }

  account(): Account {
    return {
      answered: [...this.#answeredIn],
      delivered: this.#receivers.map(({ roomId, got }) => [roomId, got]),
    };
  }

  #join({ url, auth, roomId, isSender }: SocketPlan): Promise<void> {
    const got: Tally = { count: 0, sum: 0 };
    return new Promise((resolve) => {
      const socket = new SocketIoConnection(
        { url, auth },
        {
          connected() {},
          refused: ({ message }) => this.#fail(`refused: ${message}`),
          closed: (why) => this.#fail(`closed: ${why}`),
          event: (name, bytes, start, end) => {
            if (name === "room:changes") this.#take(bytes.subarray(start, end), got);
            else if (name === "session:ready") resolve();
          },
        },
      );
      if (roomId === null) return;
      this.#receivers.push({ roomId, got });
      if (isSender) this.#senders.push({ socket, roomId });
    });
  }

  #send(sender: Sender, intendedMicros: number): void {
    this.#onTheirWay++;
    const clientId = randomUUID();
    const text = `${String(intendedMicros).padStart(STAMP_DIGITS, "0")}${REST_OF_TEXT}`;
    sender.socket.emit(
      "message:send",
      `{"roomId":"${sender.roomId}","clientId":"${clientId}","text":"${text}"}`,
      (bytes, start, end) => {
        this.#onTheirWay--;
        this.#answered++;
        this.#enter(sender.roomId, clientId);
        if (bytes.compare(ACCEPTED, 0, ACCEPTED.length, start, start + ACCEPTED.length) !== 0) {
          this.#fail(bytes.toString("utf8", start, end));
        }
        if (this.#isTimed) this.#answers.record(machineMicros() - intendedMicros);
        if (this.#inFlight > 0) this.#send(sender, 0);
      },
    );
  }

  #enter(roomId: string, clientId: string): void {
    let tally = this.#answeredIn.get(roomId);
    if (!tally) {
      tally = { count: 0, sum: 0 };
      this.#answeredIn.set(roomId, tally);
    }
    add(tally, Buffer.from(clientId, "latin1"), 0);
  }

  #take(payload: Buffer, got: Tally): void {
    for (let at = payload.indexOf(CLIENT_ID); at >= 0; ) {
      this.#delivered++;
      add(got, payload, at + CLIENT_ID.length);
      at = payload.indexOf(CLIENT_ID, at + CLIENT_ID.length);
    }
    if (this.#isTimed) this.#recordDeliveries(payload);
  }

  #recordDeliveries(payload: Buffer): void {
    const arrivedMicros = machineMicros();
    for (let at = payload.indexOf(TEXT); at >= 0; ) {
      const stamp = payload.toString("latin1", at + TEXT.length, at + TEXT.length + STAMP_DIGITS);
      this.#deliveries.record(arrivedMicros - Number(stamp));
      at = payload.indexOf(TEXT, at + TEXT.length);
    }
  }
}

/** The first digits of a random id are enough to tell messages apart, and cost nothing to read. */
function add(tally: Tally, bytes: Buffer, at: number): void {
  tally.count++;
  tally.sum = (tally.sum + bytes.readInt32LE(at)) | 0;
}
