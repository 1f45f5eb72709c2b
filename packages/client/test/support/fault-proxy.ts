import { connect, createServer, type Server, type Socket } from "node:net";

export type Network =
  /** Everything passes. */
  | "well"
  /** What clients say arrives, and nobody answers: the answer that is lost after the commit. */
  | "answers lost"
  /** Nothing passes, and nobody is told: a cable pulled out. */
  | "half-open"
  /** Everything arrives, late, in order. */
  | "slow"
  /** New connections are refused. */
  | "down";

/** How late whatever travels on a slow network arrives. */
const SLOW_MS = 250;

/** A network between clients and servers, with faults at will. */
export class FaultProxy {
  network: Network = "well";
  readonly #server: Server;
  readonly #pairs = new Set<{ client: Socket; upstream: Socket }>();

  private constructor(target: URL) {
    this.#server = createServer((client) => this.#join(client, target));
  }

  static async start(targetUrl: string): Promise<FaultProxy> {
    const proxy = new FaultProxy(new URL(targetUrl));
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("not listening");
    return `http://127.0.0.1:${address.port}`;
  }

  get connections(): number {
    return this.#pairs.size;
  }

  /** Ends every connection at once, in the middle of whatever it carries. */
  cut(): void {
    for (const { client, upstream } of this.#pairs) {
      client.resetAndDestroy();
      upstream.resetAndDestroy();
    }
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** In order, also where a slow network becomes a quick one. */
  #passer(target: Socket, passing: readonly Network[]): (bytes: Buffer) => void {
    let before: Promise<void> = Promise.resolve();
    return (bytes) => {
      if (!passing.includes(this.network)) return;
      const delayMs = this.network === "slow" ? SLOW_MS : 0;
      const due = new Promise<void>((resolve) => setTimeout(resolve, delayMs));
      before = Promise.all([before, due]).then(() => {
        if (target.writable) target.write(bytes);
      });
    };
  }

  #join(client: Socket, target: URL): void {
    if (this.network === "down") {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect(Number(target.port), "127.0.0.1");
    const pair = { client, upstream };
    this.#pairs.add(pair);
    client.on("data", this.#passer(upstream, ["well", "slow", "answers lost", "down"]));
    upstream.on("data", this.#passer(client, ["well", "slow"]));
    const end = () => {
      this.#pairs.delete(pair);
      client.destroy();
      upstream.destroy();
    };
    for (const side of [client, upstream]) side.on("error", end).on("close", end);
  }
}
