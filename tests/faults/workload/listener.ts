import { randomUUID } from "node:crypto";
import { io, type Socket } from "socket.io-client";
import { Ear } from "../history/listen.ts";
import type { Recorder } from "../history/recorder.ts";
import type { Minted } from "./minted.ts";

export type ListenerOptions = {
  recorder: Recorder;
  client: string;
  minted: Minted;
  url: string;
  /** Of whom it wants to know whether they are there, as soon as it shares a room with them. */
  watches?: readonly string[];
  /** Goes on asking for this room and writing into it, whatever it is answered. */
  asksOf?: () => string | undefined;
};

const ASK_EVERY_MS = 700;

/**
 * A plain Socket.IO client that comes back by itself and repairs nothing: what arrived is noted as it
 * arrived. It never renews its token.
 */
export class Listener {
  readonly client: string;
  readonly userId: string;
  readonly socket: Socket;
  readonly #asking: NodeJS.Timeout | undefined;
  #ear: Ear | undefined;

  constructor({ recorder, client, minted, url, watches = [], asksOf }: ListenerOptions) {
    const { userId, accessToken } = minted;
    this.client = client;
    this.userId = userId;
    this.socket = io(url, {
      transports: ["websocket"],
      auth: { token: accessToken },
      forceNew: true,
      reconnectionDelay: 100,
      reconnectionDelayMax: 1_000,
    });
    this.socket.on("connect", () => {
      this.#ear = new Ear(recorder, { client, userId }, accessToken, false);
    });
    this.socket.on("disconnect", () => this.#ear?.closed());
    this.socket.onAny((name: string, payload: unknown) => {
      this.#ear?.event(name, payload);
      const mayShareMore = name === "session:ready" || name === "room:added";
      if (watches.length > 0 && mayShareMore) {
        this.ask("presence:watch", { userIds: watches });
      }
    });
    if (asksOf) this.#asking = setInterval(() => this.#askOf(asksOf()), ASK_EVERY_MS);
  }

  /** Whoever is not connected asks nothing. */
  ask(name: string, request: object): void {
    if (!this.socket.connected || !this.#ear) return;
    this.socket.emit(name, request, this.#ear.ask(name, request));
  }

  /** Asks no more by itself. */
  hush(): void {
    clearInterval(this.#asking);
  }

  #askOf(roomId: string | undefined): void {
    if (roomId === undefined) return;
    this.ask("message:page", { roomId, limit: 1 });
    this.ask("message:send", { roomId, clientId: randomUUID(), text: `${this.client} says` });
  }

  close(): void {
    this.hush();
    this.socket.disconnect();
  }
}
