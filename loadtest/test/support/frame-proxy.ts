import { connect, createServer, type Server, type Socket } from "node:net";
import { FrameReader } from "../../src/wire/frames.ts";

/** One client's connection through the proxy. */
export type Line = {
  /** What the client receives, as from its server. */
  toClient(payload: Buffer): void;
  /** What the server receives, as from its client. */
  toServer(frame: Buffer): void;
};

/** What is done to the websocket messages of one connection; whatever is to pass must be passed on. */
export type Meddler = {
  fromServer(payload: Buffer, line: Line): void;
  fromClient?(payload: Buffer, frame: Buffer, line: Line): void;
};

/** A network between clients and one node that knows where each message begins and ends. */
export class FrameProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(port: number, meddlerOf: () => Meddler) {
    this.#server = createServer((client) => this.#join(client, port, meddlerOf()));
  }

  /** In front of the node on this port; each connection has a meddler of its own. */
  static async start(port: number, meddlerOf: () => Meddler): Promise<FrameProxy> {
    const proxy = new FrameProxy(port, meddlerOf);
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

  #join(client: Socket, port: number, meddler: Meddler): void {
    const upstream = connect(port, "127.0.0.1");
    const line: Line = {
      toClient: (payload) => client.write(serverFrame(payload)),
      toServer: (frame) => upstream.write(frame),
    };
    const answers = new FrameReader((_opcode, bytes, start, end) =>
      meddler.fromServer(bytes.subarray(start, end), line),
    );
    upstream.on(
      "data",
      afterHead(
        (head) => client.write(head),
        (bytes) => answers.read(bytes, bytes.length),
      ),
    );
    const requests = new ClientFrames((payload, frame) => {
      if (meddler.fromClient) meddler.fromClient(payload, frame, line);
      else line.toServer(frame);
    });
    client.on(
      "data",
      afterHead(
        (head) => upstream.write(head),
        (bytes) => requests.read(bytes),
      ),
    );
    this.#holdTogether(client, upstream);
  }

  #holdTogether(client: Socket, upstream: Socket): void {
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
}

const HEAD_END = "\r\n\r\n";

/** The HTTP of the upgrade, and then the messages. */
function afterHead(
  onHead: (head: Buffer) => void,
  onRest: (bytes: Buffer) => void,
): (bytes: Buffer) => void {
  let head: Buffer | undefined = Buffer.alloc(0);
  return (bytes) => {
    if (head === undefined) {
      onRest(bytes);
      return;
    }
    head = Buffer.concat([head, bytes]);
    const last = head.indexOf(HEAD_END);
    if (last < 0) return;
    const end = last + HEAD_END.length;
    const [whole, rest] = [head.subarray(0, end), head.subarray(end)];
    head = undefined;
    onHead(whole);
    if (rest.length > 0) onRest(rest);
  };
}

/** Cuts what our clients send: masked with zeros, never in fragments, never long. */
class ClientFrames {
  readonly #onFrame: (payload: Buffer, frame: Buffer) => void;
  #rest: Buffer = Buffer.alloc(0);

  constructor(onFrame: (payload: Buffer, frame: Buffer) => void) {
    this.#onFrame = onFrame;
  }

  read(bytes: Buffer): void {
    let rest = Buffer.concat([this.#rest, bytes]);
    // The shortest have no payload, and what answers a heartbeat one byte of it.
    while (rest.length >= 6) {
      const short = (rest[1] ?? 0) & 0x7f;
      const header = short === 126 ? 8 : 6;
      const end = header + (short === 126 ? rest.readUInt16BE(2) : short);
      if (rest.length < end) break;
      this.#onFrame(rest.subarray(header, end), rest.subarray(0, end));
      rest = rest.subarray(end);
    }
    this.#rest = rest;
  }
}

/** A text message as a server sends it: whole and not masked. */
function serverFrame(payload: Buffer): Buffer {
  const { length } = payload;
  const header = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  header[0] = 0x81;
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
