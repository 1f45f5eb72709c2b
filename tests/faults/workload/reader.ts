import { TcpProxy } from "@moim/local";
import { Listener, type ListenerOptions } from "./listener.ts";

/** A plain socket behind a network of its own: it never gives up a connection on which nothing comes. */
export class Reader {
  readonly client: string;
  readonly network: TcpProxy;
  readonly #listener: Listener;

  private constructor(listener: Listener, network: TcpProxy) {
    this.#listener = listener;
    this.client = listener.client;
    this.network = network;
  }

  static async open(options: ListenerOptions): Promise<Reader> {
    const network = await TcpProxy.start(options.url);
    return new Reader(new Listener({ ...options, url: network.url }), network);
  }

  /** Asks for something, and does not wait for the answer. */
  ask(name: string, request: object): void {
    this.#listener.ask(name, request);
  }

  async close(): Promise<void> {
    this.#listener.close();
    await this.network.stop();
  }
}
