import { createMoimClient } from "../create-moim-client.ts";
import type { OnlineEvent, OnlineEvents } from "../online-events.ts";
import type { MoimClientOptions } from "../options.ts";
import { FakeAuth } from "./fake-auth.ts";
import { FakeSockets } from "./fake-sockets.ts";
import { ManualClock, settled } from "./manual-clock.ts";

/** A whole client with time, network and server in the test's hands. */
export class Scene {
  readonly clock = new ManualClock();
  /** The server's clock, minus the client's. */
  serverAheadMs = 0;
  readonly auth = new FakeAuth(() => this.serverNow());
  readonly sockets = new FakeSockets();
  isOnline = true;
  readonly #listeners = new Set<(event: OnlineEvent) => void>();
  readonly online: OnlineEvents = {
    isOnline: () => this.isOnline,
    subscribe: (listener) => {
      this.#listeners.add(listener);
      return () => this.#listeners.delete(listener);
    },
  };
  readonly client;

  constructor(options: MoimClientOptions = {}) {
    this.client = createMoimClient({
      baseUrl: "http://moim.test",
      fetch: this.auth.fetch,
      clock: this.clock,
      random: () => 0.5,
      onlineEvents: this.online,
      openSocket: this.sockets.open,
      ...options,
    });
  }

  serverNow(): number {
    return this.clock.now() + this.serverAheadMs;
  }

  tell(event: OnlineEvent): Promise<void> {
    for (const listener of [...this.#listeners]) listener(event);
    return settled();
  }

  /** Signed in and connected, with an empty list of rooms. */
  async connected(): Promise<this> {
    await this.client.start();
    await settled();
    await this.ready();
    return this;
  }

  /** The newest socket becomes ready. */
  async ready(): Promise<void> {
    this.sockets.last.ready(this.serverNow());
    await settled();
    const hasAsked = this.sockets.last.emitted.some(({ name }) => name === "room:list");
    if (hasAsked) {
      const data = { rooms: [], nextCursor: null, unreadTotal: 0 };
      this.sockets.last.answer("room:list", { data });
    }
    await settled();
  }
}
