import { randomUUID } from "node:crypto";
import {
  type Answer,
  clientEvents,
  type DataOf,
  type ErrorBody,
  Failure,
  parse,
  uuid,
} from "@moim/protocol";
import { asUnavailable, type Logger } from "@moim/service";
import type { Clock } from "../clock.ts";
import type { Context, Handler } from "../handle/context.ts";
import { type HandledEventName, handlers } from "../handle/handlers.ts";
import type { Metrics } from "../metrics.ts";
import { emit } from "../publish/emit.ts";
import type { Connection } from "./connection.ts";
import { UnreadRequest } from "./packet-parser.ts";
import type { RevokedSessions } from "./revoked-sessions.ts";
import type { SendRate } from "./send-rate.ts";
import type { TokenLifetime } from "./token-lifetime.ts";

/** The contract promises an answer within 5 s, whatever hangs behind a handler; the way takes time too. */
const ANSWER_TIMEOUT_MS = 4_300;
/** A client's event name goes into an answer and a log line: no longer than this. */
const EVENT_NAME_CHARACTERS_MAX = 64;

export type DispatchOptions = {
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
  revoked: RevokedSessions;
  lifetime: TokenLifetime;
  sendRate: SendRate;
  context: Omit<Context, "caller">;
};

type Reply = (answer: Answer<unknown>) => void;

/**
 * Every client event goes through here, unknown ones too: guard, rate limit, validation, handler,
 * answer. Nothing a client sends throws past this point.
 */
export class Dispatch {
  readonly #options: DispatchOptions;
  #underWay = 0;

  constructor(options: DispatchOptions) {
    this.#options = options;
  }

  /** Events accepted and not answered yet. */
  get underWay(): number {
    return this.#underWay;
  }

  /** `packet`: the event's name, its arguments and, where the client gave one, the callback. */
  receive(connection: Connection, packet: readonly unknown[]): void {
    const event = nameOf(packet[0]);
    const last = packet.at(-1);
    const reply = typeof last === "function" ? (last as Reply) : undefined;
    const request = typeof packet[1] === "function" ? undefined : packet[1];
    this.#underWay++;
    connection.underWay++;
    this.#withinTime(this.#handle(connection, event, request))
      .then(
        (data) => {
          this.#count(event, "ok");
          this.#note(connection, event, request, "ok");
          if (event === "room:sync") this.#countHealed(data as DataOf<"room:sync">);
          reply?.({ ok: true, data });
        },
        (error: unknown) => {
          const body = this.#describe(connection, event, request, error);
          this.#count(event, body.code);
          this.#note(connection, event, request, body.code);
          if (reply) reply({ ok: false, error: body });
          else emit(connection.socket, "event:rejected", { event, error: body });
        },
      )
      // Whatever an answer holds, that it cannot be written must not end the node.
      .catch((error: unknown) => {
        reply?.({ ok: false, error: this.#describe(connection, event, request, error) });
      })
      .finally(() => {
        this.#underWay--;
        connection.underWay--;
        if (connection.underWay === 0) connection.onAnswered();
      });
  }

  /** Sends of one socket keep their order: each goes on synchronously up to its handler's first wait. */
  async #handle(connection: Connection, event: string, request: unknown): Promise<unknown> {
    this.#guard(connection, event);
    if (event !== "message:send") {
      connection.bucket.take(this.#options.clock.now());
      return this.#perform(connection, event, request);
    }
    return new Promise((resolve, reject) => {
      this.#options.sendRate.take(connection.userId, (refusal) => {
        if (refusal) reject(refusal);
        else resolve(this.#perform(connection, event, request));
      });
    });
  }

  async #perform(connection: Connection, event: string, request: unknown): Promise<unknown> {
    // Once more: the send may have waited for its turn.
    this.#guard(connection, event);
    if (request instanceof UnreadRequest) throw request.failure;
    if (event === "token:renew") {
      const { token } = parse(clientEvents["token:renew"].request, request);
      return this.#options.lifetime.renew(connection, token);
    }
    if (!isHandled(event)) throw new Failure("bad_request", `no such event: ${event}`);
    const { userId, sessionId, accessToken, socket } = connection;
    const caller = { userId, sessionId, socketId: socket.id, accessToken };
    const context = { ...this.#options.context, caller };
    const handler = handlers[event] as Handler<HandledEventName>;
    return handler(parse(clientEvents[event].request, request), context);
  }

  /** No database, no Redis: two comparisons and a look into a map. */
  #guard(connection: Connection, event: string): void {
    if (this.#options.revoked.has(connection.sessionId)) {
      throw new Failure("session_revoked", "the session has been ended");
    }
    if (connection.isLeaving) {
      throw new Failure("unavailable", "this node is going away", { retryAfterMs: 0 });
    }
    if (event === "token:renew") return;
    const isExpired = this.#options.clock.now() >= connection.expiresAt;
    if (isExpired || connection.token.phase !== "valid") {
      throw new Failure("token_expired", "the access token has expired; renew it");
    }
  }

  #withinTime<Result>(work: Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const cancel = this.#options.clock.after(ANSWER_TIMEOUT_MS, () =>
        reject(new Failure("unavailable", "no answer in time; try again", { retryAfterMs: 1_000 })),
      );
      work.then(resolve, reject).finally(cancel);
    });
  }

  #describe(connection: Connection, event: string, request: unknown, error: unknown): ErrorBody {
    const failure = error instanceof Failure ? error : asUnavailable(error);
    const subject = subjectOf(connection, event, request);
    if (failure) {
      if (failure.code === "unavailable") {
        this.#options.logger.warn({ ...subject, err: failure.cause ?? failure }, "unavailable");
      }
      return failure.toBody();
    }
    const id = randomUUID();
    this.#options.logger.error({ id, ...subject, err: error }, "event failed");
    return new Failure("internal", `something went wrong here (${id})`).toBody();
  }

  /** Every event's way through the node can be followed, where somebody wants to. */
  #note(connection: Connection, event: string, request: unknown, outcome: string): void {
    const { logger } = this.#options;
    if (!logger.isLevelEnabled("debug")) return;
    logger.debug({ ...subjectOf(connection, event, request), outcome }, "event handled");
  }

  #countHealed({ rooms }: DataOf<"room:sync">): void {
    const healed = rooms.filter((room) => "changes" in room && room.changes.length > 0);
    this.#options.metrics.gapsHealed.inc(healed.length);
  }

  #count(event: string, outcome: string): void {
    const known = event === "token:renew" || isHandled(event);
    this.#options.metrics.events.inc({ event: known ? event : "unknown", outcome });
  }
}

/** Empty where there is none: a packet may hold nothing but the callback. */
function nameOf(name: unknown): string {
  const isName = typeof name === "string" || typeof name === "number";
  return isName ? String(name).slice(0, EVENT_NAME_CHARACTERS_MAX) : "";
}

function isHandled(event: string): event is HandledEventName {
  return Object.hasOwn(handlers, event);
}

/** Whom and what a log line is about: ids, never what was said. */
function subjectOf({ userId, sessionId, socket }: Connection, event: string, request: unknown) {
  return { event, userId, sessionId, socketId: socket.id, roomId: roomIdOf(request) };
}

/** For a log line, and so only when it is an id: anything else is the client's own words. */
function roomIdOf(request: unknown): string | undefined {
  if (typeof request !== "object" || request === null || !("roomId" in request)) return undefined;
  return uuid.safeParse(request.roomId).data;
}
