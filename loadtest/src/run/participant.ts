import type { LoadClient, LoadClientListener, MintedUser } from "../clients/load-client.ts";
import { PackageClient } from "../clients/package-client.ts";
import { RawClient } from "../clients/raw-client.ts";
import { refresh } from "../clients/refresh.ts";
import { machineMicros } from "../measure/machine-clock.ts";
import type { Noticed, RoomView } from "../receive/room-view.ts";
import { CatchingUp } from "./catching-up.ts";
import type { Tally } from "./tally.ts";
import { type Ledger, type SentRoom, Unanswered } from "./unanswered.ts";

export type ParticipantParts = {
  /** Among all users of the run. */
  place: number;
  user: MintedUser;
  client: "raw" | "package";
  /** One after the other, at each connection. */
  urls: readonly string[];
  /** Where tokens are renewed. */
  siteUrl: string;
  localAddress: string | undefined;
  rooms: ReadonlyMap<string, RoomView>;
  tally: Tally;
  ledger: Ledger;
  random: () => number;
  /** Keys whose changes came twice: whether they may is known when all workers are asked. */
  onRepeated(key: number): void;
};

const BACKOFF_FIRST_MS = 500;
const BACKOFF_MAX_MS = 8_000;
/** A token that ends sooner is renewed before one connects with it. */
const TOKEN_LEFT_MIN_MS = 1_000;
const RENEW_AGAIN_MS = 500;
/** Everything is answered within 5 s: a connection that is silent for longer is dead. */
const ANSWER_TIMEOUT_MS = 10_000;

/** One user who connects, sends, receives, and comes back: what a client does, on either client. */
export class Participant {
  readonly place: number;
  readonly rooms: ReadonlyMap<string, RoomView>;
  readonly #parts: ParticipantParts;
  readonly #client: LoadClient;
  readonly #raw: RawClient | undefined;
  readonly #catchingUp: CatchingUp | undefined;
  readonly #unanswered: Unanswered;
  readonly #noticed: Noticed;
  #user: MintedUser;
  #isReady = false;
  #isStopped = false;
  #isFirst = true;
  #attempt = 0;
  #connections = 0;
  #intendedMicros = 0;
  #onConnected: ((nodeId: string) => void) | undefined;
  #oldestSendMs = 0;

  constructor(parts: ParticipantParts) {
    this.#parts = parts;
    this.place = parts.place;
    this.rooms = parts.rooms;
    this.#user = parts.user;
    this.#noticed = noticedBy(parts);
    const { client, urls, user, localAddress } = parts;
    if (client === "package") {
      const roomIds = [...parts.rooms.keys()];
      const url = parts.siteUrl;
      this.#client = new PackageClient({ url, user, roomIds }, this.#listener());
    } else {
      const target = { url: urls[0] ?? "", token: user.accessToken, localAddress };
      this.#raw = new RawClient({ ...target, readyBy: "session:ready" }, this.#listener());
      this.#client = this.#raw;
      this.#catchingUp = new CatchingUp({
        client: this.#raw,
        noticed: this.#noticed,
        error: (code) => parts.tally.error(code),
        wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      });
    }
    this.#unanswered = new Unanswered({
      sender: parts.place,
      tally: parts.tally,
      ledger: parts.ledger,
      write: (message, onOutcome) => this.#client.send(message, onOutcome),
      later: (ms, run) => setTimeout(() => this.#isReady && run(), ms),
    });
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  get unanswered(): number {
    return this.#unanswered.size;
  }

  unansweredKeys(): Iterable<number> {
    return this.#unanswered.keys();
  }

  /** Resolves to the node's name; keeps trying for as long as it takes. */
  connect(intendedMicros: number): Promise<string> {
    this.#intendedMicros = intendedMicros;
    return new Promise((resolve) => {
      this.#onConnected = resolve;
      this.#open();
    });
  }

  send(room: SentRoom, text: string, intendedMicros: number): void {
    const isWritable = this.#isReady || this.#client.recovery === "by itself";
    this.#unanswered.add(room, text, intendedMicros, isWritable);
  }

  /** Something beside messages, without an answer. */
  tell(...told: Parameters<RawClient["tell"]>): void {
    if (this.#isReady) this.#raw?.tell(...told);
  }

  cut(): void {
    this.#client.cut();
  }

  pause(): void {
    this.#client.pause();
  }

  resume(): void {
    this.#client.resume();
  }

  freeze(): void {
    this.#unanswered.freeze();
  }

  stop(): void {
    this.#isStopped = true;
    this.#client.stop();
  }

  /** Now and then: gaps that the server keeps silent about, and connections that are dead. */
  check(nowMs: number): void {
    const silent = [...this.rooms.values()].filter((view) => view.checkGaps(nowMs, this.#noticed));
    if (silent.length > 0) void this.#catchingUp?.fetch(silent);
    if (this.#unanswered.size === 0 || !this.#isReady) this.#oldestSendMs = nowMs;
    if (this.#raw && nowMs - this.#oldestSendMs > ANSWER_TIMEOUT_MS) {
      this.#oldestSendMs = nowMs;
      this.#parts.tally.error("no answer");
      this.cut();
    }
  }

  #open(): void {
    if (this.#isStopped) return;
    if (this.#raw === undefined) {
      this.#client.connect();
      return;
    }
    if (this.#user.expiresAt - Date.now() < TOKEN_LEFT_MIN_MS) {
      void this.#renew().then((isRenewed) =>
        isRenewed ? this.#open() : this.#later(RENEW_AGAIN_MS, () => this.#open()),
      );
      return;
    }
    const { urls, place } = this.#parts;
    this.#raw.url = urls[(place + this.#connections++) % urls.length] ?? "";
    this.#raw.token = this.#user.accessToken;
    this.#raw.connect();
  }

  #listener(): LoadClientListener {
    return {
      ready: (nodeId) => this.#ready(nodeId),
      closed: (why, code) => this.#closed(code ?? why),
      changes: ({ roomId, changes }) => {
        const view = this.rooms.get(roomId);
        if (view === undefined) {
          this.#noticed.wrongRoom();
          return;
        }
        const nowMs = performance.now();
        for (const change of changes) {
          if (this.#raw === undefined) view.shown(change, this.#noticed);
          else view.live(change, nowMs, this.#noticed);
        }
      },
      head: (roomId, rev) => {
        const view = this.rooms.get(roomId);
        view?.told();
        if (view !== undefined && rev > view.rev) void this.#catchingUp?.fetch([view]);
      },
      resync: () => this.#resync(),
      event: (name, json) => this.#event(name, json),
    };
  }

  #ready(nodeId: string): void {
    const { tally } = this.#parts;
    this.#isReady = true;
    this.#attempt = 0;
    tally.connected++;
    tally.measure("connect", this.#intendedMicros);
    const readyMicros = machineMicros();
    if (!this.#isFirst && this.#raw !== undefined) {
      for (const view of this.rooms.values()) view.reconnected();
      void this.#catchingUp?.fetch(this.rooms.values()).then((isComplete) => {
        if (isComplete) tally.measure("catchUp", readyMicros);
      });
    }
    this.#isFirst = false;
    if (this.#raw !== undefined && this.#unanswered.size > 0) {
      this.#raw.cork();
      this.#unanswered.rewrite();
    }
    this.#onConnected?.(nodeId);
    this.#onConnected = undefined;
  }

  #closed(why: string): void {
    const { tally, random } = this.#parts;
    if (this.#isReady) {
      tally.connected--;
      tally.counters.disconnects++;
    }
    this.#isReady = false;
    if (this.#isStopped) return;
    if (this.#raw === undefined) {
      this.#intendedMicros = machineMicros();
      return;
    }
    tally.errors.set(`closed: ${why}`, (tally.errors.get(`closed: ${why}`) ?? 0) + 1);
    this.#unanswered.outcomesUnknown();
    const waitMs = random() * Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** this.#attempt++);
    this.#later(waitMs, () => {
      // From when it would be connected again if that took no time.
      if (this.#onConnected === undefined) this.#intendedMicros = machineMicros();
      this.#open();
    });
  }

  #resync(): void {
    for (const view of this.rooms.values()) view.told();
    void this.#catchingUp?.fetch(this.rooms.values());
  }

  #event(name: string, json: () => string): void {
    if (name === "token:expiring" || name === "token:expired") void this.#renewInPlace();
    if (name === "event:rejected") this.#parts.tally.error(JSON.parse(json()).error.code);
  }

  async #renewInPlace(): Promise<void> {
    if (!(await this.#renew())) {
      this.#later(RENEW_AGAIN_MS, () => void this.#renewInPlace());
      return;
    }
    await this.#raw
      ?.request("token:renew", { token: this.#user.accessToken })
      .catch((error: Error) => this.#parts.tally.error(`renew: ${error.message.slice(0, 40)}`));
    if (this.#isReady) this.#unanswered.rewrite();
  }

  async #renew(): Promise<boolean> {
    const { siteUrl, localAddress, tally } = this.#parts;
    try {
      this.#user = await refresh(siteUrl, this.#user, localAddress);
      return true;
    } catch (error) {
      tally.error(error instanceof Error ? error.message : String(error));
      return false;
    }
  }

  #later(ms: number, run: () => void): void {
    setTimeout(() => !this.#isStopped && run(), ms);
  }
}

function noticedBy({ tally, onRepeated }: ParticipantParts): Noticed {
  const { violations, counters } = tally;
  return {
    silentGap: () => {
      violations.lost++;
    },
    outOfOrder: () => {
      violations.outOfOrder++;
    },
    wrongRoom: () => {
      violations.wrongRoom++;
    },
    repeated: onRepeated,
    taken: ({ key, intendedMicros }, how) => {
      if (key < 0) return;
      if (how === "fetched") counters.fetched++;
      else {
        counters.delivered++;
        tally.measure("delivery", intendedMicros);
      }
    },
  };
}
