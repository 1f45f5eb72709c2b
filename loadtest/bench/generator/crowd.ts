import { randomUUID } from "node:crypto";
import { Latencies } from "../../src/measure/latencies.ts";
import { machineMicros } from "../../src/measure/machine-clock.ts";
import { SocketIoConnection } from "../../src/wire/socket-io.ts";
import type { Counts, SocketPlan } from "./tasks.ts";

/** Sends that are due are looked for so often: what is late by it is late for both sides. */
const PACE_TICK_MS = 1;
const STAMP_DIGITS = 16;
const REST_OF_TEXT = " a sentence of the usual length";
/** Found in place: parsing what arrives would cost more than all that the servers do. */
const CLIENT_ID = Buffer.from('"clientId":"');
const TEXT = Buffer.from('"text":"');
const ACCEPTED = Buffer.from('{"ok":true,');

type Sender = { socket: SocketIoConnection; roomId: string };

/** All sockets of one generator process, and what they count together. */
export class Crowd {
  readonly #fail: (reason: string) => void;
  readonly #senders: Sender[] = [];
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
      answeredInAll: this.#answered,
      deliveredInAll: this.#delivered,
      answers: this.#answers.encode(),
      deliveries: this.#deliveries.encode(),
      cpuSeconds: (user + system) / 1e6,
      seconds: (machineMicros() - this.#mark.atMicros) / 1e6,
    };
  }

  #join({ url, auth, sendsTo }: SocketPlan): Promise<void> {
    return new Promise((resolve) => {
      const socket = new SocketIoConnection(
        { url, auth },
        {
          connected() {},
          refused: ({ message }) => this.#fail(`refused: ${message}`),
          closed: (why) => this.#fail(`closed: ${why}`),
          event: (name, bytes, start, end) => {
            if (name === "room:changes") this.#take(bytes.subarray(start, end));
            else if (name === "session:ready") resolve();
          },
        },
      );
      if (sendsTo !== null) this.#senders.push({ socket, roomId: sendsTo });
    });
  }

  #send(sender: Sender, intendedMicros: number): void {
    this.#onTheirWay++;
    const text = `${String(intendedMicros).padStart(STAMP_DIGITS, "0")}${REST_OF_TEXT}`;
    sender.socket.emit(
      "message:send",
      `{"roomId":"${sender.roomId}","clientId":"${randomUUID()}","text":"${text}"}`,
      (bytes, start, end) => {
        this.#onTheirWay--;
        this.#answered++;
        if (bytes.compare(ACCEPTED, 0, ACCEPTED.length, start, start + ACCEPTED.length) !== 0) {
          this.#fail(bytes.toString("utf8", start, end));
        }
        if (this.#isTimed) this.#answers.record(machineMicros() - intendedMicros);
        if (this.#inFlight > 0) this.#send(sender, 0);
      },
    );
  }

  #take(payload: Buffer): void {
    for (let at = payload.indexOf(CLIENT_ID); at >= 0; ) {
      this.#delivered++;
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
