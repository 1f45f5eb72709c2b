import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/** What a browser's network does with what it is given. */
type Condition =
  /** Everything passes. */
  | "plugged in"
  /** What the browser says arrives, and it hears nothing: an answer that is lost after the commit. */
  | "deaf"
  /** It hears everything, and what it says is lost on the way. */
  | "mute"
  /** Nothing passes, and nobody is told: a cable pulled out. New connections are refused. */
  | "pulled"
  /** Pages and routes pass; chat connections are refused. */
  | "without chat";

type Connection = { browser: Socket; server: Socket };

/** Every request line of the handshake that opens a chat connection begins with this. */
const CHAT_REQUEST = "GET /socket.io/";

/**
 * One browser's way to the network: a SOCKS5 proxy, so that the page's address stays the same
 * whatever happens to its connections. Cuts real connections, which a browser's own offline mode
 * does not do to websockets that are open.
 */
export class Cable {
  readonly #server: Server;
  readonly #connections = new Set<Connection>();
  #condition: Condition = "plugged in";

  private constructor() {
    this.#server = createServer((browser) => {
      browser.on("error", () => browser.destroy());
      this.#accept(browser).catch(() => browser.destroy());
    });
  }

  static async lay(): Promise<Cable> {
    const cable = new Cable();
    cable.#server.listen(0, "127.0.0.1");
    await once(cable.#server, "listening");
    return cable;
  }

  get proxy(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("not listening");
    return `socks5://127.0.0.1:${address.port}`;
  }

  /** Ends every connection at once; new ones pass. */
  cut(): void {
    this.#turn("plugged in");
  }

  loseAnswers(): void {
    this.#condition = "deaf";
  }

  loseWords(): void {
    this.#condition = "mute";
  }

  pull(): void {
    this.#condition = "pulled";
  }

  plugIn(): void {
    this.#turn("plugged in");
  }

  plugInWithoutChat(): void {
    this.#turn("without chat");
  }

  async remove(): Promise<void> {
    this.#turn("pulled");
    this.#server.close();
    await once(this.#server, "close");
  }

  /** Bytes may be missing from the connections there were, so none of them goes on. */
  #turn(condition: Condition): void {
    this.#condition = condition;
    for (const { browser, server } of this.#connections) {
      browser.resetAndDestroy();
      server.resetAndDestroy();
    }
  }

  async #accept(browser: Socket): Promise<void> {
    if (this.#condition === "pulled") throw new Error("no network");
    // Greeting: version, count of methods, methods. Answer: no authentication.
    await once(browser, "data");
    browser.write(Uint8Array.of(5, 0));
    // Request: version, command, zero, kind of address, address, port. The host is always this one.
    const [request] = (await once(browser, "data")) as [Buffer];
    const server = connect(request.readUInt16BE(request.length - 2), "127.0.0.1");
    server.on("error", () => browser.destroy());
    await once(server, "connect");
    this.#join({ browser, server });
    browser.write(Uint8Array.of(5, 0, 0, 1, 127, 0, 0, 1, 0, 0));
  }

  #join(connection: Connection): void {
    const { browser, server } = connection;
    this.#connections.add(connection);
    browser.on("data", (bytes: Buffer) => {
      if (this.#condition === "pulled" || this.#condition === "mute") return;
      const opensChat = bytes.subarray(0, CHAT_REQUEST.length).toString("latin1") === CHAT_REQUEST;
      if (this.#condition === "without chat" && opensChat) browser.resetAndDestroy();
      else server.write(bytes);
    });
    server.on("data", (bytes: Buffer) => {
      if (this.#condition !== "pulled" && this.#condition !== "deaf") browser.write(bytes);
    });
    const end = () => {
      this.#connections.delete(connection);
      browser.destroy();
      server.destroy();
    };
    for (const side of [browser, server]) side.on("error", end).on("close", end);
  }
}
