import type { Answer, ClientEventName, DataOf, RequestOf } from "@moim/protocol";
import { DecodeOnce } from "../wire/decode-once.ts";
import { jsonKey, numberBehind } from "../wire/scan.ts";
import { SocketIoConnection } from "../wire/socket-io.ts";
import { parseRoomChanges, type WireChange } from "./changes.ts";
import type {
  LoadClient,
  LoadClientListener,
  MessageChange,
  OutgoingMessage,
  SendOutcome,
} from "./load-client.ts";

export type RawClientTarget = {
  url: string;
  /** Absent: the server asks for none. */
  token?: string;
  localAddress?: string | undefined;
  /** What says that the socket is subscribed: Moim's `session:ready`, or being let in (a bare relay). */
  readyBy: "session:ready" | "connecting";
};

/** `{"ok":true`, by which every answer begins that is none of an error. */
const OK = Buffer.from('{"ok":true');
const SEQ = jsonKey("seq");
const REV = jsonKey("rev");
const DUPLICATE = Buffer.from('"duplicate":true');

/** One for the whole process: it is what its sockets receive in common. */
const roomChanges = new DecodeOnce(parseRoomChanges);

/** The server refused a request. */
export class Refused extends Error {
  readonly code: string;
  readonly retryAfterMs: number;

  constructor(error: { code: string; message: string; retryAfterMs?: number }) {
    super(`${error.code}: ${error.message}`);
    this.code = error.code;
    this.retryAfterMs = error.retryAfterMs ?? 0;
  }
}

/**
 * Moim's events on one bare connection at a time. Does nothing by itself: no reconnect, no repeat, no
 * renewal, no catching up; that is the caller's.
 */
export class RawClient implements LoadClient {
  readonly recovery = "by the caller";
  readonly #listener: LoadClientListener;
  readonly #target: RawClientTarget;
  #connection: SocketIoConnection | undefined;
  #isLetIn = false;
  #rejectAll = new Set<(error: Error) => void>();

  constructor(target: RawClientTarget, listener: LoadClientListener) {
    this.#target = { ...target };
    this.#listener = listener;
  }

  /** For the next connection. */
  set token(token: string) {
    this.#target.token = token;
  }

  set url(url: string) {
    this.#target.url = url;
  }

  connect(): void {
    const { url, token, localAddress, readyBy } = this.#target;
    let code: string | undefined;
    const connection = new SocketIoConnection(
      { url, localAddress, ...(token === undefined ? {} : { auth: { token } }) },
      {
        connected: () => {
          this.#isLetIn = true;
          if (readyBy === "connecting") this.#listener.ready("");
        },
        refused: ({ message, data }) => {
          code = codeOf(data) ?? message;
        },
        event: (name, bytes, start, end) => {
          if (name === "session:closed") {
            code = codeOf(JSON.parse(bytes.toString("utf8", start, end)));
          }
          this.#take(name, bytes, start, end);
        },
        closed: (why) => this.#leave(connection, why, code),
      },
    );
    this.#connection = connection;
  }

  /** Without a connection nothing happens, as on one that ends before the answer. */
  send(message: OutgoingMessage, onOutcome: (outcome: SendOutcome) => void): void {
    const { roomId, clientId } = message;
    const text = JSON.stringify(message.text);
    this.#entered?.emit(
      "message:send",
      `{"roomId":"${roomId}","clientId":"${clientId}","text":${text}}`,
      (bytes, start, end) => onOutcome(outcomeOf(bytes, start, end)),
    );
  }

  /** Rejects with `Refused`, or with an error where there is no connection, or it ends before the answer. */
  request<Name extends ClientEventName>(
    name: Name,
    request: RequestOf<Name>,
  ): Promise<DataOf<Name>> {
    return new Promise((resolve, reject) => {
      const connection = this.#entered;
      if (connection === undefined) {
        reject(new Error("not connected"));
        return;
      }
      this.#rejectAll.add(reject);
      connection.emit(name, JSON.stringify(request), (bytes, start, end) => {
        this.#rejectAll.delete(reject);
        const answer = JSON.parse(bytes.toString("utf8", start, end)) as Answer<DataOf<Name>>;
        if (answer.ok) resolve(answer.data);
        else reject(new Refused(answer.error));
      });
    });
  }

  async change(change: MessageChange): Promise<WireChange> {
    const { what, ...request } = change;
    const { message } = await this.request(`message:${what}`, request as RequestOf<"message:edit">);
    return message;
  }

  read(roomId: string, seq: number): void {
    this.#tell("room:read", { roomId, seq });
  }

  typing(roomId: string): void {
    this.#tell("room:typing", { roomId, typing: true });
  }

  /** An event without an answer. */
  #tell(name: ClientEventName, payload: object): void {
    this.#entered?.emit(name, JSON.stringify(payload));
  }

  cut(): void {
    this.#connection?.destroy();
  }

  cork(): void {
    this.#connection?.cork();
  }

  pause(): void {
    this.#connection?.pause();
  }

  resume(): void {
    this.#connection?.resume();
  }

  stop(): void {
    this.#connection?.close();
  }

  /** Before the server has let the socket in it may throw away, without a word, what it is asked. */
  get #entered(): SocketIoConnection | undefined {
    return this.#isLetIn ? this.#connection : undefined;
  }

  #take(name: string, bytes: Buffer, start: number, end: number): void {
    switch (name) {
      case "room:changes":
        this.#listener.changes(roomChanges.decode(bytes, start, end));
        break;
      case "room:head": {
        const { roomId, rev } = JSON.parse(bytes.toString("utf8", start, end));
        this.#listener.head(roomId, rev);
        break;
      }
      case "resync":
        this.#listener.resync(JSON.parse(bytes.toString("utf8", start, end)).reason);
        break;
      case "session:ready":
        this.#listener.ready(JSON.parse(bytes.toString("utf8", start, end)).nodeId);
        break;
      default:
        this.#listener.event(name, () => bytes.toString("utf8", start, end));
    }
  }

  #leave(connection: SocketIoConnection, why: string, code: string | undefined): void {
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    this.#isLetIn = false;
    const rejects = this.#rejectAll;
    this.#rejectAll = new Set();
    for (const reject of rejects) reject(new Error(`the connection has ended: ${code ?? why}`));
    this.#listener.closed(why, code);
  }
}

function codeOf(data: unknown): string | undefined {
  if (typeof data !== "object" || data === null || !("code" in data)) return undefined;
  return String(data.code);
}

/** Looks for what is needed of a good answer, and parses a bad one. */
function outcomeOf(bytes: Buffer, start: number, end: number): SendOutcome {
  if (bytes.compare(OK, 0, OK.length, start, Math.min(start + OK.length, end)) === 0) {
    return {
      outcome: "stored",
      seq: numberBehind(SEQ, bytes, start, end) ?? 0,
      rev: numberBehind(REV, bytes, start, end) ?? 0,
      duplicate: bytes.subarray(start, end).includes(DUPLICATE),
    };
  }
  const answer = JSON.parse(bytes.toString("utf8", start, end)) as Answer<never>;
  if (answer.ok) throw new Error("an answer in another order of fields");
  const { code, retryable, retryAfterMs = 0 } = answer.error;
  return { outcome: "refused", code, retryable: retryable !== false, retryAfterMs };
}
