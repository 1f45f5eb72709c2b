import type { Answer, ClientEventName, DataOf, PayloadOf, RequestOf } from "@moim/protocol";
import type { ErrorCode } from "@moim/protocol/errors";
import { READY_TIMEOUT_MS, REQUEST_TIMEOUT_MS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import { MoimError } from "../moim-error.ts";
import type { OpenedSocket, OpenSocket } from "./open-socket.ts";

/** Why a socket is over, in terms of what to do next. */
export type Ended =
  /** Come back after a backoff. */
  | { why: "lost" }
  /** The node drains and chose the moment: come back at once. */
  | { why: "moved" }
  /** The node drained and closed before that moment. */
  | { why: "drained" }
  | { why: "token-spent" }
  | { why: "revoked" }
  | { why: "refused"; code: ErrorCode; retryAfterMs: number }
  /** Closed from this side. */
  | { why: "closed" };

export type SessionReady = PayloadOf<"session:ready">;
export type ServerEvent = { name: string; payload: unknown };

export type LiveSocketParts = {
  openSocket: OpenSocket;
  target: { url: string; token: string };
  clock: Clock;
  onEvent(event: ServerEvent): void;
};

/**
 * The life of one socket: from the handshake to `session:ready` to its end. Requests are answered
 * or rejected, never left hanging: by the answer, by their time-out, or by the end of the socket.
 */
export class LiveSocket {
  /** Resolves to what the server said at `session:ready`, or to null if it never came to that. */
  readonly ready: Promise<SessionReady | null>;
  readonly ended: Promise<Ended>;
  readonly #parts: LiveSocketParts;
  readonly #socket: OpenedSocket;
  readonly #waiting = new Set<(error: MoimError) => void>();
  #resolveReady: (ready: SessionReady | null) => void = () => {};
  #resolveEnded: (ended: Ended) => void = () => {};
  #cancelReadyTimer: () => void;
  #cancelDrainTimer: () => void = () => {};
  #isOver = false;
  #isDraining = false;
  #heardAtMs: number;

  constructor(parts: LiveSocketParts) {
    this.#parts = parts;
    this.#heardAtMs = parts.clock.now();
    this.ready = new Promise((resolve) => {
      this.#resolveReady = resolve;
    });
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    this.#cancelReadyTimer = parts.clock.after(READY_TIMEOUT_MS, () => this.end({ why: "lost" }));
    this.#socket = parts.openSocket(parts.target, {
      event: (name, payload) => this.#hear({ name, payload }),
      refused: (body) => this.end(refusal(body)),
      closed: () => this.end({ why: this.#isDraining ? "drained" : "lost" }),
      heard: () => this.#noteLife(),
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  request<Name extends ClientEventName>(
    name: Name,
    request: RequestOf<Name>,
    timeoutMs = REQUEST_TIMEOUT_MS,
  ): Promise<DataOf<Name>> {
    const { clock } = this.#parts;
    return new Promise((resolve, reject) => {
      if (this.#isOver) return reject(new MoimError("unavailable", "not connected"));
      const sentAtMs = clock.now();
      const fail = (error: MoimError) => {
        this.#waiting.delete(fail);
        cancel();
        reject(error);
      };
      const cancel = clock.after(timeoutMs, () => {
        fail(new MoimError("unavailable", `${name} got no answer`));
        // Not even a heartbeat since: the connection only looks open.
        if (this.#heardAtMs <= sentAtMs) this.end({ why: "lost" });
      });
      this.#waiting.add(fail);
      this.#socket.emit(name, request as object, (answer) => {
        this.#noteLife();
        if (!this.#waiting.delete(fail)) return;
        cancel();
        settle(answer as Answer<DataOf<Name>>, resolve, reject);
      });
    });
  }

  /** Everything that waits is rejected as `unavailable`; only the first end counts. */
  end(ended: Ended): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancelReadyTimer();
    this.#cancelDrainTimer();
    // An end during the constructor's call comes before the field is set.
    queueMicrotask(() => this.#socket.close());
    this.#resolveReady(null);
    this.#resolveEnded(ended);
    for (const fail of [...this.#waiting]) fail(new MoimError("unavailable", "connection lost"));
  }

  #noteLife(): void {
    this.#heardAtMs = this.#parts.clock.now();
  }

  #hear(event: ServerEvent): void {
    if (this.#isOver) return;
    this.#noteLife();
    switch (event.name) {
      case "session:ready":
        this.#cancelReadyTimer();
        this.#resolveReady(event.payload as SessionReady);
        return;
      case "session:closed":
        this.end(closing(event.payload as PayloadOf<"session:closed">));
        return;
      case "server:draining":
        this.#drain(event.payload as PayloadOf<"server:draining">);
        return;
      default:
        this.#parts.onEvent(event);
        return;
    }
  }

  #drain({ reconnectAfterMs }: PayloadOf<"server:draining">): void {
    this.#isDraining = true;
    this.#cancelDrainTimer = this.#parts.clock.after(reconnectAfterMs, () =>
      this.end({ why: "moved" }),
    );
  }
}

function settle<Data>(
  answer: Answer<Data>,
  resolve: (data: Data) => void,
  reject: (error: MoimError) => void,
): void {
  if (answer?.ok === true) resolve(answer.data);
  else reject(MoimError.fromBody(answer?.error, "internal"));
}

function refusal(body: { code?: ErrorCode; retryAfterMs?: number } | undefined): Ended {
  if (body?.code === undefined) return { why: "lost" };
  const { code, retryAfterMs = 0 } = body;
  if (code === "token_expired") return { why: "token-spent" };
  if (code === "session_revoked") return { why: "revoked" };
  return { why: "refused", code, retryAfterMs };
}

function closing({ code, reconnect }: PayloadOf<"session:closed">): Ended {
  switch (code) {
    case "session_revoked":
      return { why: "revoked" };
    case "token_expired":
      return { why: "token-spent" };
    case "draining":
      return { why: "drained" };
    default:
      // Also for codes of a newer server. Not to come back means: not by itself, and not soon.
      return reconnect ? { why: "lost" } : { why: "refused", code: "forbidden", retryAfterMs: 0 };
  }
}
