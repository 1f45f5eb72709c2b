import { randomUUID } from "node:crypto";
import {
  type Answer,
  type ClientEventName,
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
import type { Turnstile } from "../handle/turnstile.ts";
import type { Metrics } from "../metrics.ts";
import { emit } from "../publish/emit.ts";
import { CommonDeadline } from "./common-deadline.ts";
import type { Connection } from "./connection.ts";
import { guardEvent } from "./guard.ts";
import { UnreadRequest } from "./packet-parser.ts";
import type { RevokedSessions } from "./revoked-sessions.ts";
import type { SendRate } from "./send-rate.ts";
import type { TokenLifetime } from "./token-lifetime.ts";
import type { UserRate } from "./user-rate.ts";

/** The contract promises an answer within 5 s, whatever hangs behind a handler; the way takes time too. */
const ANSWER_TIMEOUT_MS = 4_300;
/** A client's event name goes into an answer and a log line: no longer than this. */
const EVENT_NAME_CHARACTERS_MAX = 64;

/**
 * Events that are told to all members. Those that change rooms or messages wait for the room's lock, too; a read mark
 * is told of as often as it is repeated.
 */
const TOLD_TO_ALL: ReadonlySet<string> = new Set<ClientEventName>([
  ...(["message:edit", "message:delete", "message:react"] as const),
  ...(["room:create", "room:invite", "room:rename", "room:remove", "room:leave"] as const),
  "room:read",
]);

export type DispatchOptions = {
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
  revoked: RevokedSessions;
  lifetime: TokenLifetime;
  sendRate: SendRate;
  /** What one user changes, other than by sends, whatever the socket. */
  changeRate: Pick<UserRate, "take">;
  /** What changes a room, other than sends. */
  changes: Turnstile;
  context: Omit<Context, "caller">;
};

type Reply = (answer: Answer<unknown>) => void;

/** An event that has not been answered yet. */
type Asked = {
  connection: Connection;
  event: string;
  request: unknown;
  reply: Reply | undefined;
};

/**
 * Every client event goes through here, unknown ones too: guard, rate limit, validation, handler,
 * answer. Nothing a client sends throws past this point.
 */
export class Dispatch {
  readonly #options: DispatchOptions;
  readonly #deadline: CommonDeadline<Asked>;
  #underWay = 0;

  constructor(options: DispatchOptions) {
    this.#options = options;
    this.#deadline = new CommonDeadline(options.clock, ANSWER_TIMEOUT_MS, (asked) =>
      this.#fail(
        asked,
        new Failure("unavailable", "no answer in time; try again", { retryAfterMs: 1_000 }),
      ),
    );
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
    const asked: Asked = { connection, event, request, reply };
    this.#underWay++;
    connection.underWay++;
    this.#deadline.add(asked);
    this.#handle(connection, event, request).then(
      (data) => {
        if (this.#deadline.done(asked)) this.#succeed(asked, data);
      },
      (error: unknown) => {
        if (this.#deadline.done(asked)) this.#fail(asked, error);
      },
    );
  }

  #succeed(asked: Asked, data: unknown): void {
    const { event, reply } = asked;
    this.#note(asked, "ok");
    if (event === "room:sync") this.#countHealed(data as DataOf<"room:sync">);
    try {
      reply?.({ ok: true, data });
    } catch (error) {
      // Whatever an answer holds, that it cannot be written must not end the node.
      reply?.({ ok: false, error: this.#describe(asked, error) });
    } finally {
      this.#finish(asked);
    }
  }

  #fail(asked: Asked, error: unknown): void {
    const { connection, event, reply } = asked;
    const body = this.#describe(asked, error);
    this.#note(asked, body.code);
    try {
      if (reply) reply({ ok: false, error: body });
      else emit(connection.socket, "event:rejected", { event, error: body });
    } catch (unwritten) {
      reply?.({ ok: false, error: this.#describe(asked, unwritten) });
    } finally {
      this.#finish(asked);
    }
  }

  #finish({ connection }: Asked): void {
    this.#underWay--;
    connection.underWay--;
    if (connection.underWay === 0) connection.onAnswered();
  }

  /** Sends of one socket keep their order: each goes on synchronously up to its handler's first wait. */
  async #handle(connection: Connection, event: string, request: unknown): Promise<unknown> {
    this.#guard(connection, event);
    if (event !== "message:send") {
      connection.bucket.take(this.#options.clock.now());
      if (TOLD_TO_ALL.has(event)) this.#options.changeRate.take(connection.userId);
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
    const { changes, context: shared } = this.#options;
    const database = shared.database.inTurn((work) => changes.pass(userId, work));
    const context = { ...shared, database, caller };
    const handler = handlers[event] as Handler<HandledEventName>;
    return handler(parse(clientEvents[event].request, request), context);
  }

  #guard(connection: Connection, event: string): void {
    guardEvent(connection, event, this.#options.revoked, this.#options.clock);
  }

  #describe({ connection, event, request }: Asked, error: unknown): ErrorBody {
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
  #note({ connection, event, request }: Asked, outcome: string): void {
    this.#count(event, outcome);
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
