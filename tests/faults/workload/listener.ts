import { io, type Socket } from "socket.io-client";
import { Ear } from "../history/listen.ts";
import type { Recorder } from "../history/recorder.ts";
import type { Minted } from "./minted.ts";

/**
 * A plain Socket.IO client that comes back by itself and repairs nothing: what arrived is noted as it
 * arrived. It never renews its token.
 */
export class Listener {
  readonly client: string;
  readonly userId: string;
  readonly socket: Socket;
  #ear: Ear | undefined;

  constructor(recorder: Recorder, client: string, minted: Minted, url: string) {
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
    this.socket.onAny((name: string, payload: unknown) => this.#ear?.event(name, payload));
  }

  close(): void {
    this.socket.disconnect();
  }
}
