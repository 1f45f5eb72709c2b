import type { LoadClient, LoadClientListener, MintedUser } from "../clients/load-client.ts";
import { PackageClient, type PackageClientListener } from "../clients/package-client.ts";
import { RawClient } from "../clients/raw-client.ts";
import { machineMicros } from "../measure/machine-clock.ts";
import { Renewal } from "./renewal.ts";
import type { Tally } from "./tally.ts";

export type ConnectingParts = {
  place: number;
  user: MintedUser;
  client: "raw" | "package";
  /** One after the other, at each connection. */
  urls: readonly string[];
  /** Where tokens are renewed. */
  siteUrl: string;
  localAddress: string | undefined;
  rooms: readonly { roomId: string }[];
  tally: Tally;
  random: () => number;
};

export type ConnectingEvents = Omit<LoadClientListener, "ready" | "closed"> & {
  /** `isAgain`: there was a connection before. */
  ready(isAgain: boolean): void;
  lost(): void;
  /** On the same connection. */
  renewed(): void;
  /** By the client package. */
  misshown: PackageClientListener["misshown"];
};

const BACKOFF_FIRST_MS = 500;
const BACKOFF_MAX_MS = 8_000;
const RENEW_AGAIN_MS = 500;

/** One user's way to the servers: connects, comes back after each loss, and renews its token. */
export class Connecting {
  readonly client: LoadClient;
  /** Absent with the client package, which does all of it by itself. */
  readonly raw: RawClient | undefined;
  readonly #parts: ConnectingParts;
  readonly #events: ConnectingEvents;
  readonly #renewal: Renewal;
  #isReady = false;
  #isStopped = false;
  #isFirst = true;
  #attempt = 0;
  #connections = 0;
  #intendedMicros = 0;
  #onConnected: ((nodeId: string) => void) | undefined;

  constructor(parts: ConnectingParts, events: ConnectingEvents) {
    this.#parts = parts;
    this.#events = events;
    this.#renewal = new Renewal(parts);
    const { urls, localAddress, user, rooms, siteUrl } = parts;
    const listener = this.#listener();
    if (parts.client === "package") {
      const roomIds = rooms.map(({ roomId }) => roomId);
      this.client = new PackageClient({ url: siteUrl, user, roomIds }, listener);
      return;
    }
    const target = { url: urls[0] ?? "", token: user.accessToken, localAddress };
    this.raw = new RawClient({ ...target, readyBy: "session:ready" }, listener);
    this.client = this.raw;
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  /** Resolves to the node's name; keeps trying for as long as it takes. */
  connect(intendedMicros: number): Promise<string> {
    this.#intendedMicros = intendedMicros;
    return new Promise((resolve) => {
      this.#onConnected = resolve;
      this.#open();
    });
  }

  /** With a token that lives; the client package keeps its own. */
  async currentUser(): Promise<MintedUser> {
    if (this.raw !== undefined && this.#renewal.isDue) await this.#renewal.renew();
    return this.#renewal.user;
  }

  stop(): void {
    this.#isStopped = true;
    this.client.stop();
  }

  /** Unless it has stopped by then. */
  later(ms: number, run: () => void): void {
    setTimeout(() => !this.#isStopped && run(), ms);
  }

  /** `isRenewed`: with this token it goes on, whatever this machine's clock says of it. */
  #open(isRenewed = false): void {
    if (this.#isStopped) return;
    if (this.raw === undefined) {
      this.client.connect();
      return;
    }
    if (this.#renewal.isDue && !isRenewed) {
      void this.#renewal
        .renew()
        .then((isNew) =>
          isNew ? this.#open(true) : this.later(RENEW_AGAIN_MS, () => this.#open()),
        );
      return;
    }
    const { urls, place } = this.#parts;
    this.raw.url = urls[(place + this.#connections++) % urls.length] ?? "";
    this.raw.token = this.#renewal.user.accessToken;
    this.raw.connect();
  }

  #listener(): PackageClientListener {
    const { changes, head, resync, event, misshown } = this.#events;
    return {
      ready: (nodeId) => this.#ready(nodeId),
      closed: (why, code) => this.#closed(code ?? why),
      ...{ changes, head, resync, misshown },
      event: (name, json) => {
        if (name === "token:expiring" || name === "token:expired") void this.#renewInPlace();
        event(name, json);
      },
    };
  }

  #ready(nodeId: string): void {
    const { tally } = this.#parts;
    this.#isReady = true;
    this.#attempt = 0;
    tally.connected++;
    tally.measure("connect", this.#intendedMicros);
    this.#events.ready(!this.#isFirst);
    this.#isFirst = false;
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
    if (this.raw === undefined) {
      this.#intendedMicros = machineMicros();
      return;
    }
    tally.errors.set(`closed: ${why}`, (tally.errors.get(`closed: ${why}`) ?? 0) + 1);
    this.#events.lost();
    const waitMs = random() * Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** this.#attempt++);
    this.later(waitMs, () => {
      // From when it would be connected again if that took no time.
      if (this.#onConnected === undefined) this.#intendedMicros = machineMicros();
      this.#open();
    });
  }

  async #renewInPlace(): Promise<void> {
    if (!(await this.#renewal.renew())) {
      this.later(RENEW_AGAIN_MS, () => void this.#renewInPlace());
      return;
    }
    await this.raw
      ?.request("token:renew", { token: this.#renewal.user.accessToken })
      .catch((error: Error) => this.#parts.tally.error(`renew: ${error.message.slice(0, 40)}`));
    if (this.#isReady) this.#events.renewed();
  }
}
