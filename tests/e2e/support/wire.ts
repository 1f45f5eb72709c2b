import type { PayloadOf } from "@moim/protocol";
import type { Page, WebSocket } from "playwright-core";

/** A Socket.IO event with its payload, or the answer to one. */
export type Packet = {
  readonly direction: "sent" | "received";
  readonly kind: "event" | "answer";
  /** What an answer repeats of the event that it answers. */
  readonly id: string;
  /** Empty for an answer. */
  readonly name: string;
  readonly payload: unknown;
};

/** Engine.IO "message", then Socket.IO "event" or "acknowledgement", the id, and what it carries. */
const PACKET = /^4([23])(\d*)(\[.*)$/s;

/** One chat connection as the browser saw it, frame by frame. */
export class Chat {
  readonly packets: Packet[] = [];
  isClosed = false;

  constructor(socket: WebSocket) {
    socket.on("framesent", ({ payload }) => this.#note("sent", payload));
    socket.on("framereceived", ({ payload }) => this.#note("received", payload));
    socket.on("close", () => {
      this.isClosed = true;
    });
  }

  get ready(): PayloadOf<"session:ready"> | undefined {
    return this.received("session:ready")[0] as PayloadOf<"session:ready"> | undefined;
  }

  received(name: string): unknown[] {
    return this.packets
      .filter((packet) => packet.direction === "received" && packet.name === name)
      .map(({ payload }) => payload);
  }

  /** What the server answered to each event of this name, as far as it has. */
  answersTo(name: string): unknown[] {
    const asked = this.packets.filter(
      (packet) => packet.direction === "sent" && packet.name === name,
    );
    return asked.flatMap(({ id }) => {
      const answer = this.packets.find(
        (packet) => packet.direction === "received" && packet.kind === "answer" && packet.id === id,
      );
      return answer === undefined ? [] : [answer.payload];
    });
  }

  #note(direction: Packet["direction"], frame: string | Buffer): void {
    const [, type, id = "", json = ""] = PACKET.exec(String(frame)) ?? [];
    if (type === undefined) return;
    const content = JSON.parse(json) as unknown[];
    if (type === "2") {
      const [name, payload] = content;
      this.packets.push({ direction, kind: "event", id, name: String(name), payload });
    } else {
      this.packets.push({ direction, kind: "answer", id, name: "", payload: content[0] });
    }
  }
}

/** Every chat connection of a page, the present one last. */
export class Wire {
  readonly chats: Chat[] = [];

  constructor(page: Page) {
    page.on("websocket", (socket) => this.chats.push(new Chat(socket)));
  }

  /** The connection that is open and ready, if there is one. */
  get live(): Chat | undefined {
    const chat = this.chats.at(-1);
    return chat?.isClosed === false && chat.ready !== undefined ? chat : undefined;
  }

  get nodeId(): string | undefined {
    return this.live?.ready?.nodeId;
  }
}
