import { type ClientEventName, clientEvents, isErrorCode, serverEvents } from "@moim/protocol";
import fc from "fast-check";
import { io, type Socket } from "socket.io-client";
import { z } from "zod";
import { type Known, type Schema, valuesOf } from "./grammar.ts";
import type { Person } from "./people.ts";
import { hostileText, hostileValue, withFaults } from "./values.ts";

export type EventInput = { event: string; caller: number; request: unknown };

/** Below what one socket may ask at once, so that each input is read. */
const INPUTS_PER_SOCKET = 80;
const ANSWER_TIMEOUT_MS = 20_000;
/** What an answer of the contract may not say while nothing is broken. */
const NOT_EXPECTED = ["internal", "unavailable", "token_expired", "session_revoked"];
const MESSAGE_CHARACTERS_MAX = 500;

/** Any event, with a request that is valid, at a bound, or wrong in some places. */
export function eventInputs(known: Known): fc.Arbitrary<EventInput> {
  const names = Object.keys(clientEvents) as ClientEventName[];
  const ofContract = names.map((event) => {
    const valid = valuesOf(schemaOf(event), known);
    return { event: fc.constant<string>(event), request: fc.oneof(valid, withFaults(valid)) };
  });
  const unknown = {
    event: fc.oneof(hostileText, fc.constantFrom(...RESERVED)),
    request: hostileValue,
  };
  return fc.oneof(
    ...[...ofContract, unknown].map(({ event, request }) =>
      fc.record({ event, caller: fc.nat(10_000), request }),
    ),
  );
}

/** Names that mean something to JavaScript or to Socket.IO (those that its client refuses to send left out). */
const RESERVED = [
  "constructor",
  "__proto__",
  "toString",
  "session:closed",
  "room:changes",
  "error",
];
const REFUSED_BY_CLIENT = ["connect", "connect_error", "disconnect", "disconnecting"];

function schemaOf(event: ClientEventName): Schema {
  const options = { io: "input", unrepresentable: "any" } as const;
  return z.toJSONSchema(clientEvents[event].request, options) as Schema;
}

/** People who send whatever they are told to, each on a socket that is replaced in time. */
export class EventCallers {
  readonly outcomes = new Map<string, number>();
  readonly #url: string;
  readonly #people: readonly Person[];
  readonly #sockets = new Map<Person, { socket: Socket; inputs: number }>();
  readonly #complaints: string[] = [];

  constructor(url: string, people: readonly Person[]) {
    this.#url = url;
    this.#people = people;
  }

  /** What is wrong with the answer, or came unasked and is wrong. */
  async tryOut({ event, caller, request }: EventInput): Promise<string[]> {
    if (REFUSED_BY_CLIENT.includes(event)) return [];
    const person = this.#people[caller % this.#people.length];
    if (person === undefined) throw new Error("nobody calls");
    const socket = await this.#socketOf(person);
    const answer: unknown = await socket
      .timeout(ANSWER_TIMEOUT_MS)
      .emitWithAck(event, request)
      .catch((error: unknown) => `no answer: ${error}`);
    const complaints = [...this.#complaints.splice(0), ...this.#complaintsAbout(event, answer)];
    if (!socket.connected) complaints.push("the socket was closed");
    return complaints;
  }

  close(): void {
    for (const { socket } of this.#sockets.values()) socket.disconnect();
  }

  #complaintsAbout(event: string, answer: unknown): string[] {
    const parsed = answerSchema.safeParse(answer);
    if (!parsed.success) return [`not an answer: ${JSON.stringify(answer)}`];
    this.#count(parsed.data.ok ? "ok" : parsed.data.error.code);
    if (parsed.data.ok) {
      if (!isEvent(event)) return ["an event that there is not was answered"];
      const data = clientEvents[event].data.safeParse(parsed.data.data);
      return data.success ? [] : [`data not of the contract: ${data.error.message}`];
    }
    const { code } = parsed.data.error;
    if (NOT_EXPECTED.includes(code)) return [`answered ${JSON.stringify(parsed.data.error)}`];
    return [];
  }

  #count(outcome: string): void {
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
  }

  async #socketOf(person: Person): Promise<Socket> {
    const known = this.#sockets.get(person);
    if (known?.socket.connected && known.inputs < INPUTS_PER_SOCKET) {
      known.inputs++;
      return known.socket;
    }
    known?.socket.disconnect();
    const socket = await this.#open(person);
    this.#sockets.set(person, { socket, inputs: 1 });
    return socket;
  }

  #open({ accessToken }: Person): Promise<Socket> {
    const socket = io(this.#url, {
      transports: ["websocket"],
      auth: { token: accessToken },
      forceNew: true,
      reconnection: false,
    });
    socket.onAny((name: string, payload: unknown) => this.#hear(name, payload));
    return new Promise((resolve, reject) => {
      socket.once("connect_error", reject);
      socket.once("session:ready", () => resolve(socket));
    });
  }

  #hear(name: string, payload: unknown): void {
    const schema: z.ZodType | undefined = Object.hasOwn(serverEvents, name)
      ? serverEvents[name as keyof typeof serverEvents]
      : undefined;
    const result = schema?.safeParse(payload);
    if (result?.success) return;
    this.#complaints.push(
      `came unasked, and is not of the contract: ${name} ${result?.error.message}`,
    );
  }
}

function isEvent(event: string): event is ClientEventName {
  return Object.hasOwn(clientEvents, event);
}

const answerSchema = z.discriminatedUnion("ok", [
  z.strictObject({ ok: z.literal(true), data: z.record(z.string(), z.unknown()) }),
  z.strictObject({
    ok: z.literal(false),
    error: z.strictObject({
      code: z.string().refine(isErrorCode, "is no code of the contract"),
      message: z.string().min(1).max(MESSAGE_CHARACTERS_MAX),
      retryable: z.boolean(),
      retryAfterMs: z.number().nonnegative().optional(),
      errors: z
        .array(z.strictObject({ path: z.string(), message: z.string() }))
        .max(20)
        .optional(),
    }),
  }),
]);
