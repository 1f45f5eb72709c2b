import type { Message } from "@moim/protocol";
import type { Entry, Path } from "./history.ts";

export type Who = { client: string; userId: string };

/** Keeps everything that happened in one scenario, in the order in which it happened. */
export class Recorder {
  readonly entries: Entry[] = [];
  readonly #shown = new Set<string>();
  #sockets = 0;
  #requests = 0;

  note(entry: Entry): void {
    this.entries.push(entry);
  }

  newSocket(): number {
    this.#sockets += 1;
    return this.#sockets;
  }

  newRequest(): number {
    this.#requests += 1;
    return this.#requests;
  }

  arrived(who: Who, socket: number, path: Path, message: Message): void {
    const { roomId } = message;
    this.note({ kind: "arrived", at: Date.now(), ...who, socket, roomId, path, message });
  }

  /** A screen stands still most of the time: each place is noted once. */
  shown({ client, userId }: Who, roomId: string, seq: number): void {
    const key = `${client} ${roomId} ${seq}`;
    if (this.#shown.has(key)) return;
    this.#shown.add(key);
    this.note({ kind: "shown", at: Date.now(), client, userId, roomId, seq });
  }
}
