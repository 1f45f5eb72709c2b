import { WebSocket } from "./web-socket.ts";

/** Engine.IO 4: the first character of each text message. */
const ENGINE = { open: 0x30, close: 0x31, ping: 0x32, message: 0x34 } as const;
/** Socket.IO 5: the second, in a message. */
const PACKET = { connect: 0x30, disconnect: 0x31, event: 0x32, ack: 0x33, refused: 0x34 } as const;
const QUOTE = 0x22;
const BRACKET = 0x5b;
const ZERO = 0x30;
const NINE = 0x39;

/**
 * `bytes` from `start` to `end` are the arguments as JSON, without the brackets around them: one
 * argument is its own JSON. They are good until the call returns; nothing has been parsed.
 */
export type OnArguments = (bytes: Buffer, start: number, end: number) => void;

export type SocketIoTarget = {
  /** Scheme, host and port. */
  url: string;
  /** Handshake `auth`; absent where the server asks for none. */
  auth?: object;
  localAddress?: string | undefined;
};

export type SocketIoEvents = {
  /** The server has let the socket in. */
  connected(): void;
  /** `connect_error`, whose `data` is here; the socket then closes. */
  refused(error: { message: string; data?: unknown }): void;
  event(name: string, bytes: Buffer, start: number, end: number): void;
  /** Once; whatever waits for an acknowledgement will not get one. */
  closed(why: string): void;
};

/**
 * One socket of a Socket.IO server (Engine.IO 4 on a websocket, Socket.IO 5, namespace "/"), as light
 * as a load generator needs it: no timers, no reconnect, no parsing of what nobody looks at. Speaks to
 * any such server; what the events mean is known by whoever uses it.
 */
export class SocketIoConnection {
  readonly #webSocket: WebSocket;
  readonly #events: SocketIoEvents;
  readonly #auth: object | undefined;
  readonly #acks = new Map<number, OnArguments>();
  #lastAckId = -1;

  constructor({ url, auth, localAddress }: SocketIoTarget, events: SocketIoEvents) {
    const { hostname, port, protocol } = new URL(url);
    const isSecure = protocol === "https:";
    this.#events = events;
    this.#auth = auth;
    this.#webSocket = new WebSocket(
      {
        // The name would be looked up for each socket, in a pool of four threads.
        host: hostname === "localhost" ? "127.0.0.1" : hostname,
        port: Number(port || (isSecure ? 443 : 80)),
        tlsName: isSecure ? hostname : undefined,
        path: "/socket.io/?EIO=4&transport=websocket",
        localAddress,
      },
      {
        open: () => {},
        text: (bytes, start, end) => this.#take(bytes, start, end),
        closed: (why) => events.closed(why),
      },
    );
  }

  /** How many emits have not been answered. */
  get waitingAcks(): number {
    return this.#acks.size;
  }

  /** `payload` is JSON already. `onAck` is called at most once: never after `closed`. */
  emit(name: string, payload: string, onAck?: OnArguments): void {
    if (onAck === undefined) {
      this.#webSocket.send(`42["${name}",${payload}]`);
      return;
    }
    const ackId = ++this.#lastAckId;
    this.#acks.set(ackId, onAck);
    this.#webSocket.send(`42${ackId}["${name}",${payload}]`);
  }

  /** What is emitted until the next tick leaves in one write. */
  cork(): void {
    this.#webSocket.cork();
  }

  pause(): void {
    this.#webSocket.pause();
  }

  resume(): void {
    this.#webSocket.resume();
  }

  close(): void {
    this.#webSocket.send("41");
    this.#webSocket.close();
  }

  destroy(why?: string): void {
    this.#webSocket.destroy(why);
  }

  #take(bytes: Buffer, start: number, end: number): void {
    const engineType = bytes[start];
    if (engineType === ENGINE.message) this.#takePacket(bytes, start + 1, end);
    else if (engineType === ENGINE.ping) this.#webSocket.send("3");
    else if (engineType === ENGINE.open) {
      this.#webSocket.send(this.#auth === undefined ? "40" : `40${JSON.stringify(this.#auth)}`);
    } else if (engineType === ENGINE.close) this.destroy("server disconnect");
  }

  #takePacket(bytes: Buffer, start: number, end: number): void {
    switch (bytes[start]) {
      case PACKET.event:
        this.#takeEvent(bytes, start + 1, end);
        break;
      case PACKET.ack:
        this.#takeAck(bytes, start + 1, end);
        break;
      case PACKET.connect:
        this.#events.connected();
        break;
      case PACKET.refused:
        this.#events.refused(JSON.parse(bytes.toString("utf8", start + 1, end)));
        this.destroy("refused");
        break;
      case PACKET.disconnect:
        this.destroy("server disconnect");
        break;
      default:
        throw new Error(`a packet of type ${bytes[start]}`);
    }
  }

  /** `["name",argument]`, perhaps after the id of an acknowledgement, which nobody sends to clients. */
  #takeEvent(bytes: Buffer, start: number, end: number): void {
    let at = start;
    while (isDigit(bytes[at])) at++;
    if (bytes[at] !== BRACKET || bytes[at + 1] !== QUOTE)
      throw new Error("an event without a name");
    const nameEnd = bytes.indexOf(QUOTE, at + 2);
    const name = bytes.toString("latin1", at + 2, nameEnd);
    // Behind the quote and the comma; an event without an argument ends at the bracket.
    this.#events.event(name, bytes, Math.min(nameEnd + 2, end - 1), end - 1);
  }

  #takeAck(bytes: Buffer, start: number, end: number): void {
    let at = start;
    let ackId = 0;
    for (let digit = bytes[at]; isDigit(digit); digit = bytes[++at]) {
      ackId = ackId * 10 + (digit - ZERO);
    }
    const onAck = this.#acks.get(ackId);
    this.#acks.delete(ackId);
    onAck?.(bytes, at + 1, end - 1);
  }
}

function isDigit(byte: number | undefined): byte is number {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}
