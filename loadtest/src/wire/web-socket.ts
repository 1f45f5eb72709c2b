import { createHash } from "node:crypto";
import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { encodeFrame, FrameReader, OPCODE } from "./frames.ts";

/** The answer to it shows that a websocket server answers; nothing secret depends on it. */
const KEY = Buffer.from("a load generator").toString("base64");
const ACCEPT = createHash("sha1")
  .update(`${KEY}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
  .digest("base64");
const HEAD_BYTES_MAX = 16 * 1024;
const NORMAL_CLOSURE = "\u0003\u00e8";

/**
 * All sockets of a process read into it: the system fills it, `read` takes everything out, and only
 * then comes the next socket. Ten thousand sockets with buffers of their own would be a gigabyte.
 */
const READ_BUFFER = Buffer.allocUnsafeSlow(256 * 1024);

export type WebSocketTarget = {
  host: string;
  port: number;
  /** The name that the server's certificate must carry; absent: without TLS. */
  tlsName?: string | undefined;
  /** With the query. */
  path: string;
  /** One of 127.0.0.0/8: each has ports of its own, so that more than 28,000 sockets fit. */
  localAddress?: string | undefined;
};

export type WebSocketEvents = {
  open(): void;
  /** A whole text message, good until the call returns. */
  text(bytes: Buffer, start: number, end: number): void;
  /** Once; nothing follows it. */
  closed(why: string): void;
};

/** What a load generator needs of a websocket, on a bare TCP socket. */
export class WebSocket {
  readonly #socket: Socket;
  readonly #events: WebSocketEvents;
  readonly #frames: FrameReader;
  #head = "";
  #isOpen = false;
  #why: string | undefined;

  constructor(target: WebSocketTarget, events: WebSocketEvents) {
    this.#events = events;
    this.#frames = new FrameReader((opcode, bytes, start, end) =>
      this.#take(opcode, bytes, start, end),
    );
    this.#socket = openSocket(target, (bytes, length) => this.#read(bytes, length));
    const opened = target.tlsName === undefined ? "connect" : "secureConnect";
    this.#socket.once(opened, () => this.#socket.write(upgradeRequest(target)));
    this.#socket.once("error", (error: NodeJS.ErrnoException) => {
      this.#why ??= error.code ?? error.message;
    });
    this.#socket.once("close", () => events.closed(this.#why ?? "ended"));
  }

  send(text: string): void {
    this.#socket.write(encodeFrame(OPCODE.text, text));
  }

  /** What is sent until the next tick leaves in one write. */
  cork(): void {
    this.#socket.cork();
    process.nextTick(() => this.#socket.uncork());
  }

  /** Takes nothing more out of the network, as a phone in a tunnel. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Says goodbye. */
  close(): void {
    this.#why ??= "closed";
    this.#socket.end(encodeFrame(OPCODE.close, NORMAL_CLOSURE));
    this.#socket.destroySoon();
  }

  /** Ends without a word, as a process that is killed. */
  destroy(why = "cut"): void {
    this.#why ??= why;
    this.#socket.destroy();
  }

  #read(bytes: Buffer, length: number): void {
    // What came in the same read as the last word is not heard any more.
    if (this.#why !== undefined) return;
    try {
      if (this.#isOpen) this.#frames.read(bytes, length);
      else this.#readHead(bytes, length);
    } catch (error) {
      this.destroy(error instanceof Error ? error.message : String(error));
    }
  }

  #readHead(bytes: Buffer, length: number): void {
    const before = this.#head.length;
    this.#head += bytes.toString("latin1", 0, length);
    const end = this.#head.indexOf("\r\n\r\n");
    if (end < 0) {
      if (this.#head.length > HEAD_BYTES_MAX) throw new Error("no websocket server");
      return;
    }
    const head = this.#head.slice(0, end);
    this.#head = "";
    if (!head.startsWith("HTTP/1.1 101 ")) throw new Error(`http ${head.slice(9, 12)}`);
    if (!head.includes(ACCEPT)) throw new Error("no websocket server");
    this.#isOpen = true;
    this.#events.open();
    const first = end + 4 - before;
    if (first < length) this.#frames.read(bytes.subarray(first, length), length - first);
  }

  #take(opcode: number, bytes: Buffer, start: number, end: number): void {
    if (this.#why !== undefined) return;
    if (opcode === OPCODE.text) this.#events.text(bytes, start, end);
    else if (opcode === OPCODE.ping) {
      this.#socket.write(encodeFrame(OPCODE.pong, bytes.toString("utf8", start, end)));
    } else if (opcode === OPCODE.close) {
      const code = end - start >= 2 ? bytes.readUInt16BE(start) : 1005;
      this.destroy(`websocket ${code}`);
    } else if (opcode === OPCODE.binary) throw new Error("a binary message");
  }
}

/** Certificates are checked against what Node trusts, and `NODE_EXTRA_CA_CERTS`. */
function openSocket(
  { host, port, tlsName, localAddress }: WebSocketTarget,
  onRead: (bytes: Buffer, length: number) => void,
): Socket {
  const target = { host, port, ...(localAddress === undefined ? {} : { localAddress }) };
  if (tlsName === undefined) {
    const callback = (length: number) => {
      onRead(READ_BUFFER, length);
      return true;
    };
    return connect({ ...target, noDelay: true, onread: { buffer: READ_BUFFER, callback } });
  }
  // An address is no name to ask for; it is checked against the certificate all the same.
  const servername = isIP(tlsName) === 0 ? { servername: tlsName } : {};
  const socket = connectTls({ ...target, ...servername, ALPNProtocols: ["http/1.1"] });
  socket.setNoDelay(true);
  // Decrypted, each read has a buffer of its own already.
  socket.on("data", (bytes: Buffer) => onRead(bytes, bytes.length));
  return socket;
}

function upgradeRequest({ host, port, path, tlsName }: WebSocketTarget): string {
  return [
    `GET ${path} HTTP/1.1`,
    `Host: ${tlsName ?? host}:${port}`,
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Key: ${KEY}`,
    "Sec-WebSocket-Version: 13",
    "\r\n",
  ].join("\r\n");
}
