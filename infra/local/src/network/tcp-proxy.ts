import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { type Conveyor, conveyor } from "./conveyor.ts";

/** What becomes of the bytes on a proxy's connections. */
export type Network =
  /** Everything passes. */
  | "well"
  /** What clients say arrives, and nobody answers: the answer that is lost after the commit. */
  | "answers lost"
  /** Nothing passes, and nobody is told: a cable pulled out. */
  | "half-open"
  /** Everything arrives, a quarter of a second late, in order. */
  | "slow"
  /** 300 ms each way, and one packet in twenty has to be sent again. */
  | "lossy"
  /** The client reads nothing: what it is sent piles up at the sender's. */
  | "stalled"
  /** New connections are refused. */
  | "down";

export type Link = {
  readonly client: Socket;
  readonly server: Socket;
  /** The first bytes that the client said, which often tell who it is. */
  introduction: string;
  isFrozen: boolean;
};

/** Decides about bytes of a client before they go on: `cut answer` lets them pass and ends the link unanswered. */
export type Gatekeeper = (bytes: Buffer, link: Link) => "pass" | "cut answer";

const INTRODUCTION_CHARACTERS_MAX = 1_000;

/** Stands before a real server, on a port of its own, and does to connections what networks do. */
export class TcpProxy {
  gatekeeper: Gatekeeper = () => "pass";
  readonly port: number;
  readonly #server: Server;
  readonly #random: () => number;
  readonly #links = new Set<Link>();
  #network: Network = "well";
  #impaired = 0;

  private constructor(server: Server, random: () => number) {
    this.#server = server;
    this.#random = random;
    this.port = (server.address() as AddressInfo).port;
  }

  /** `target`: the server's address as a URL; `random` decides which packets are lost. */
  static async start(target: string, random: () => number = Math.random): Promise<TcpProxy> {
    const { hostname, port } = new URL(target);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const proxy = new TcpProxy(server, random);
    const host = hostname === "localhost" ? "127.0.0.1" : hostname;
    server.on("connection", (client) => proxy.#join(client, Number(port), host));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The same address with this proxy in between. */
  through(target: string): string {
    const url = new URL(target);
    url.hostname = "127.0.0.1";
    url.port = String(this.port);
    return url.href.replace(/\/$/, target.endsWith("/") ? "/" : "");
  }

  get connections(): number {
    return this.#links.size;
  }

  /** How many pieces of what was said did not pass, or passed late, so far. */
  get impaired(): number {
    return this.#impaired;
  }

  get network(): Network {
    return this.#network;
  }

  set network(network: Network) {
    this.#network = network;
    for (const { server } of this.#links) {
      if (network === "stalled") server.pause();
      else server.resume();
    }
  }

  /** Ends every connection at once, in the middle of whatever it carries. */
  cut(): void {
    for (const link of [...this.#links]) end(link);
  }

  /** From now on nothing passes on the connections so far that introduced themselves so. They stay open. */
  freeze(introduction: string): number {
    const frozen = [...this.#links].filter((link) => link.introduction.includes(introduction));
    for (const link of frozen) link.isFrozen = true;
    return frozen.length;
  }

  /** What was lost in the middle of a conversation is not said again: such connections end. */
  mend(): void {
    const isBroken = this.#network === "half-open" || this.#network === "answers lost";
    this.network = "well";
    if (isBroken) this.cut();
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(client: Socket, port: number, host: string): void {
    client.on("error", () => {});
    if (this.#network === "down") {
      this.#impaired += 1;
      client.resetAndDestroy();
      return;
    }
    const server = connect(port, host);
    const link: Link = { client, server, introduction: "", isFrozen: false };
    this.#links.add(link);
    client.setNoDelay(true);
    server.setNoDelay(true);
    this.#carryUp(link, conveyor(this.#random));
    this.#carryDown(link, conveyor(this.#random));
    const ended = () => {
      this.#links.delete(link);
      client.destroy();
      server.destroy();
    };
    for (const side of [client, server]) side.on("error", ended).on("close", ended);
    if (this.#network === "stalled") server.pause();
  }

  #carryUp(link: Link, carry: Conveyor): void {
    const { client, server } = link;
    client.on("data", (bytes) => {
      if (link.introduction.length < INTRODUCTION_CHARACTERS_MAX) {
        link.introduction += bytes.toString("latin1");
      }
      if (this.#network !== "well" || link.isFrozen) this.#impaired += 1;
      if (link.isFrozen || this.#network === "half-open") return;
      const decision = this.gatekeeper(bytes, link);
      if (decision === "cut answer") {
        link.isFrozen = true;
        server.once("data", () => end(link));
      }
      carry(this.#network, () => server.writable && server.write(bytes));
    });
  }

  #carryDown(link: Link, carry: Conveyor): void {
    const { client, server } = link;
    server.on("data", (bytes) => {
      if (this.#network !== "well" || link.isFrozen) this.#impaired += 1;
      if (link.isFrozen || this.#network === "half-open" || this.#network === "answers lost")
        return;
      carry(this.#network, () => client.writable && client.write(bytes));
    });
  }
}

function end({ client, server }: Link): void {
  client.resetAndDestroy();
  server.resetAndDestroy();
}
