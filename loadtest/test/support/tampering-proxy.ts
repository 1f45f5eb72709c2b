import { connect, createServer, type Server, type Socket } from "node:net";
import { FrameReader } from "../../src/wire/frames.ts";

export type Tampering = "none" | "drop" | "double" | "swap" | "misdirect";

/** Every how many packets with changes, on each connection, it does something. */
const EVERY = 10;
const CHANGES = Buffer.from('42["room:changes"');

/**
 * A network that does what none may do: it leaves out, repeats, reorders or misdirects what a node tells
 * its clients, in the middle of a living connection.
 */
export class TamperingProxy {
  tampering: Tampering = "none";
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #foreign: Buffer | undefined;

  private constructor(port: number) {
    this.#server = createServer((client) => this.#join(client, port));
  }

  static async start(port: number): Promise<TamperingProxy> {
    const proxy = new TamperingProxy(port);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("not listening");
    return `http://127.0.0.1:${address.port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(client: Socket, port: number): void {
    const upstream = connect(port, "127.0.0.1");
    const tamper = this.#tamperer((frame) => client.write(frame));
    const frames = new FrameReader((opcode, bytes, start, end) =>
      tamper(frameOf(opcode, bytes.subarray(start, end)), bytes.subarray(start, end)),
    );
    let isUpgraded = false;
    client.pipe(upstream);
    upstream.on("data", (bytes) => {
      if (isUpgraded) {
        frames.read(bytes, bytes.length);
        return;
      }
      // The answer to the upgrade fits into one read.
      const end = bytes.indexOf("\r\n\r\n") + 4;
      isUpgraded = true;
      client.write(bytes.subarray(0, end));
      const rest = bytes.subarray(end);
      frames.read(rest, rest.length);
    });
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
  }

  #tamperer(write: (frame: Buffer) => void): (frame: Buffer, payload: Buffer) => void {
    let count = 0;
    let held: Buffer | undefined;
    return (frame, payload) => {
      const isDue = payload.subarray(0, CHANGES.length).equals(CHANGES) && ++count % EVERY === 0;
      const before = held;
      held = undefined;
      if (!isDue || this.tampering === "none") write(frame);
      else if (this.tampering === "double") write(Buffer.concat([frame, frame]));
      else if (this.tampering === "swap") held = frame;
      else if (this.tampering === "misdirect") {
        write(frame);
        if (this.#foreign !== undefined) write(this.#foreign);
        this.#foreign = frame;
      }
      if (before !== undefined) write(before);
    };
  }
}

/** As a server sends it: whole and not masked. */
function frameOf(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const header = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  header[0] = 0x80 | opcode;
  if (length < 126) header[1] = length;
  else if (length < 65_536) {
    header[1] = 126;
    header.writeUInt16BE(length, 2);
  } else {
    header[1] = 127;
    header.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([header, payload]);
}
