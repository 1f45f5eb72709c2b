import { randomUUID } from "node:crypto";
import type {
  Answer,
  ClientEventName,
  DataOf,
  ErrorBody,
  Message,
  PayloadOf,
  RequestOf,
  ServerEventName,
} from "@moim/protocol";
import { io, type Socket } from "socket.io-client";
import { PATIENCE_MS } from "./patience.ts";

type Arrival = { name: string; payload: unknown };

/** A plain Socket.IO client that remembers all it was sent. Not the client package: no repair. */
export class TestClient {
  readonly socket: Socket;
  readonly arrivals: Arrival[] = [];
  readonly #waiting = new Set<() => void>();

  /** `headers`: as a proxy in front would add them. */
  constructor(url: string, token: string | undefined, headers: Record<string, string> = {}) {
    this.socket = io(url, {
      transports: ["websocket"],
      auth: token === undefined ? {} : { token },
      reconnection: false,
      forceNew: true,
      extraHeaders: headers,
    });
    this.socket.onAny((name: string, payload: unknown) => this.#arrive({ name, payload }));
    this.socket.on("disconnect", (reason) => this.#arrive({ name: "disconnect", payload: reason }));
    this.socket.on("connect_error", (error) =>
      this.#arrive({ name: "connect_error", payload: (error as Error & { data?: unknown }).data }),
    );
  }

  /** Connected, and subscribed to all the user's rooms. */
  async ready(): Promise<this> {
    await this.next("session:ready");
    return this;
  }

  /** What becomes of it: `ready`, the code of its refusal, or why its connection ended, or `expired` before it was ready. */
  async outcome(): Promise<string> {
    const { name, payload } = await this.#nextOf([
      ...["session:ready", "connect_error", "disconnect", "token:expired"],
    ]);
    if (name === "connect_error") return (payload as ErrorBody).code;
    if (name === "disconnect") return payload as string;
    return name === "session:ready" ? "ready" : "expired";
  }

  /** Resolves to the refusal of the handshake. */
  refusal(): Promise<ErrorBody> {
    return this.#nextNamed("connect_error") as Promise<ErrorBody>;
  }

  /** Resolves to the reason for which the connection ended. */
  closed(): Promise<string> {
    return this.#nextNamed("disconnect") as Promise<string>;
  }

  /** The first such event that arrived or arrives, from the beginning. */
  next<Name extends ServerEventName>(
    name: Name,
    matches: (payload: PayloadOf<Name>) => boolean = () => true,
  ): Promise<PayloadOf<Name>> {
    return this.#nextNamed(name, (payload) => matches(payload as PayloadOf<Name>)) as Promise<
      PayloadOf<Name>
    >;
  }

  all<Name extends ServerEventName>(name: Name): PayloadOf<Name>[] {
    return this.arrivals
      .filter((arrival) => arrival.name === name)
      .map((arrival) => arrival.payload as PayloadOf<Name>);
  }

  /** Every change of a room in the order of arrival. */
  changes(roomId: string): Message[] {
    return this.all("room:changes")
      .filter((payload) => payload.roomId === roomId)
      .flatMap((payload) => payload.changes);
  }

  /** Resolves once the room's change of this `rev` has arrived. */
  async change(roomId: string, rev: number): Promise<Message> {
    await this.next(
      "room:changes",
      (payload) => payload.roomId === roomId && payload.changes.some((c) => c.rev === rev),
    );
    const found = this.changes(roomId).find((change) => change.rev === rev);
    if (!found) throw new Error(`no change ${rev}`);
    return found;
  }

  ask<Name extends ClientEventName>(
    name: Name,
    request: RequestOf<Name>,
  ): Promise<Answer<DataOf<Name>>> {
    return this.askAnything(name, request) as Promise<Answer<DataOf<Name>>>;
  }

  askAnything(name: string, request: unknown): Promise<Answer<unknown>> {
    return this.socket.timeout(PATIENCE_MS).emitWithAck(name, request);
  }

  /** The answer's data; throws the error's code otherwise. */
  async get<Name extends ClientEventName>(
    name: Name,
    request: RequestOf<Name>,
  ): Promise<DataOf<Name>> {
    const answer = await this.ask(name, request);
    if (!answer.ok) throw new Error(`${name}: ${answer.error.code} ${answer.error.message}`);
    return answer.data;
  }

  /** As `get`, and as any client: asked again where a busy machine's database did not answer in time. */
  async insist<Name extends ClientEventName>(
    name: Name,
    request: RequestOf<Name>,
  ): Promise<DataOf<Name>> {
    for (;;) {
      const answer = await this.ask(name, request);
      if (answer.ok) return answer.data;
      if (answer.error.code !== "unavailable") throw new Error(`${name}: ${answer.error.code}`);
    }
  }

  /** The code with which the request is refused. */
  async refused(name: string, request: unknown): Promise<ErrorBody["code"] | "nothing"> {
    const answer = await this.askAnything(name, request);
    return answer.ok ? "nothing" : answer.error.code;
  }

  /** Resolves to the stored message; sent again, by the same id, where a busy machine's database did not answer in time. */
  async send(roomId: string, text: string, clientId: string = randomUUID()): Promise<Message> {
    return (await this.insist("message:send", { roomId, clientId, text })).message;
  }

  /** Resolves to the stored message; throws for any other answer. */
  async sendOnce(roomId: string, text: string): Promise<Message> {
    return (await this.get("message:send", { roomId, clientId: randomUUID(), text })).message;
  }

  close(): void {
    this.socket.disconnect();
  }

  async #nextNamed(name: string, matches?: (payload: unknown) => boolean): Promise<unknown> {
    return (await this.#nextOf([name], matches)).payload;
  }

  #nextOf(
    names: readonly string[],
    matches: (payload: unknown) => boolean = () => true,
  ): Promise<Arrival> {
    return new Promise((resolve, reject) => {
      let seen = 0;
      const timer = setTimeout(() => {
        this.#waiting.delete(look);
        const arrived = this.arrivals.map((arrival) => arrival.name).join(", ");
        reject(new Error(`no ${names.join(" or ")} in time; arrived: ${arrived}`));
      }, PATIENCE_MS);
      const look = () => {
        for (; seen < this.arrivals.length; seen++) {
          const arrival = this.arrivals[seen];
          if (!arrival || !names.includes(arrival.name) || !matches(arrival.payload)) continue;
          clearTimeout(timer);
          this.#waiting.delete(look);
          resolve(arrival);
          return;
        }
      };
      this.#waiting.add(look);
      look();
    });
  }

  #arrive(arrival: Arrival): void {
    this.arrivals.push(arrival);
    for (const look of [...this.#waiting]) look();
  }
}
