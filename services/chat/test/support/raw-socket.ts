import { WebSocket } from "ws";
import { PATIENCE_MS } from "./patience.ts";

/** A websocket that speaks Socket.IO by hand, and anything else as well. */
export class RawSocket {
  readonly webSocket: WebSocket;
  readonly frames: string[] = [];
  /** The code of the websocket's close; undefined while it is open. */
  closeCode: number | undefined;
  readonly #waiting = new Set<() => void>();

  private constructor(url: string, headers: Record<string, string>) {
    const address = `${url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`;
    this.webSocket = new WebSocket(address, { perMessageDeflate: false, headers });
    this.webSocket.on("error", () => {});
    this.webSocket.on("message", (data) => {
      const frame = String(data);
      if (frame === "2") this.webSocket.send("3");
      this.frames.push(frame);
      this.#look();
    });
    this.webSocket.on("close", (code) => {
      this.closeCode = code;
      this.#look();
    });
  }

  /** Open, and nothing said yet. `headers`: of its first request. */
  static async open(url: string, headers: Record<string, string> = {}): Promise<RawSocket> {
    const raw = new RawSocket(url, headers);
    await raw.frame((frame) => frame.startsWith("0"));
    return raw;
  }

  /** Ready, as the token's user. */
  static async ready(url: string, token: string): Promise<RawSocket> {
    const raw = await RawSocket.open(url);
    raw.send(`40${JSON.stringify({ token })}`);
    await raw.frame((frame) => frame.startsWith('42["session:ready"'));
    return raw;
  }

  send(frame: string | Buffer): void {
    this.webSocket.send(frame);
  }

  /** The first such frame that came or comes; throws when the socket closes before. */
  frame(matches: (frame: string) => boolean): Promise<string> {
    return this.#until(() => {
      const found = this.frames.find(matches);
      if (found === undefined && this.closeCode !== undefined) {
        throw new Error(`closed (${this.closeCode}); came: ${this.frames.join(" ").slice(0, 500)}`);
      }
      return found;
    });
  }

  /** The answer to the packet of this id. */
  async answer(id: number): Promise<unknown> {
    const head = `43${id}[`;
    const frame = await this.frame((text) => text.startsWith(head));
    return JSON.parse(frame.slice(head.length - 1))[0];
  }

  /** Resolves to the close code. */
  closed(): Promise<number> {
    return this.#until(() => this.closeCode);
  }

  end(): void {
    this.webSocket.terminate();
  }

  #look(): void {
    for (const look of [...this.#waiting]) look();
  }

  #until<Value>(read: () => Value | undefined): Promise<Value> {
    return new Promise((resolve, reject) => {
      const done = (finish: () => void) => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        finish();
      };
      const look = () => {
        try {
          const value = read();
          if (value !== undefined) done(() => resolve(value));
        } catch (error) {
          done(() => reject(error));
        }
      };
      const timer = setTimeout(
        () => done(() => reject(new Error(`nothing in time; came: ${this.frames.slice(-5)}`))),
        PATIENCE_MS,
      );
      this.#waiting.add(look);
      look();
    });
  }
}
