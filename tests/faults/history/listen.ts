import type { Message } from "@moim/protocol";
import type { Request } from "./history.ts";
import type { Recorder, Who } from "./recorder.ts";
import { isSignal, signalOf } from "./signals.ts";

type Body = Record<string, unknown>;

/** Notes what one socket is told and answered: the same for the client package and for plain sockets. */
export class Ear {
  readonly socket: number;
  readonly #recorder: Recorder;
  readonly #who: Who;
  readonly #repairs: boolean;
  #isClosed = false;

  constructor(recorder: Recorder, who: Who, token: string, repairs: boolean) {
    this.#recorder = recorder;
    this.#repairs = repairs;
    this.#who = who;
    this.socket = recorder.newSocket();
    this.#noteToken(token, Date.now());
  }

  event(name: string, payload: unknown): void {
    const body = asBody(payload);
    if (name === "session:ready") {
      const nodeId = String(body.nodeId);
      const ready = { ...this.#who, socket: this.socket, nodeId, repairs: this.#repairs };
      this.#recorder.note({ kind: "ready", at: Date.now(), ...ready });
    }
    if (name === "room:changes") this.#arrive("told", body.changes);
    if (isSignal(name)) {
      const told = signalOf(name, body);
      this.#recorder.note({
        kind: "signal",
        at: Date.now(),
        ...this.#who,
        socket: this.socket,
        ...told,
      });
    }
  }

  /** A request goes out; returns what is to be called with its answer. */
  ask(event: string, request: object): (answer: unknown) => void {
    const { socket } = this;
    const id = this.#recorder.newRequest();
    const asked = { id, ...this.#who, socket, event, ...subjectOf(request) };
    const askedAt = Date.now();
    this.#recorder.note({ kind: "asked", at: askedAt, ...asked });
    return (answer) => {
      const outcome = outcomeOf(answer);
      this.#recorder.note({ kind: "answered", at: Date.now(), askedAt, ...asked, outcome });
      this.answer(event, request, answer, askedAt);
    };
  }

  /** `askedAt`: when the request went out. */
  answer(name: string, request: object, answer: unknown, askedAt: number): void {
    const { ok, data } = asBody(answer);
    if (ok !== true) return;
    const body = asBody(data);
    switch (name) {
      case "message:send":
        this.#noteAcknowledged(request, body);
        this.#arrive("answered", [body.message]);
        return;
      case "message:edit":
      case "message:delete":
      case "message:react":
        this.#arrive("answered", [body.message]);
        return;
      case "message:page":
      case "message:search":
        this.#arrive("fetched", body.messages);
        return;
      case "room:sync":
        for (const room of asList(body.rooms)) this.#arrive("fetched", asBody(room).changes);
        return;
      case "room:list":
        this.#arrive(
          "fetched",
          asList(body.rooms).map((room) => asBody(room).lastMessage),
        );
        return;
      case "room:leave":
        this.#noteLeft(String(asBody(request).roomId));
        return;
      case "token:renew":
        // The server delivers by it from somewhere in between: it need not have answered yet.
        this.#noteToken(String(asBody(request).token), askedAt);
        return;
      default:
        return;
    }
  }

  closed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const { client } = this.#who;
    this.#recorder.note({ kind: "closed", at: Date.now(), client, socket: this.socket });
  }

  #arrive(path: "told" | "fetched" | "answered", messages: unknown): void {
    for (const message of asList(messages)) {
      if (message) this.#recorder.arrived(this.#who, this.socket, path, message as Message);
    }
  }

  #noteAcknowledged(request: object, { message, duplicate }: Body): void {
    const { clientId, roomId } = asBody(request);
    this.#recorder.note({
      kind: "acknowledged",
      at: Date.now(),
      ...this.#who,
      roomId: String(roomId),
      clientId: String(clientId),
      seq: (message as Message).seq,
      duplicate: duplicate === true,
    });
  }

  #noteLeft(roomId: string): void {
    const { socket } = this;
    this.#recorder.note({ kind: "left", at: Date.now(), ...this.#who, socket, roomId });
  }

  #noteToken(token: string, at: number): void {
    const { exp, sid } = claimsOf(token);
    const keyId = keyIdOf(token);
    const { client } = this.#who;
    const [expiresAt, sessionId] = [exp * 1_000, sid];
    const { socket } = this;
    this.#recorder.note({ kind: "token", at, client, socket, expiresAt, sessionId, keyId });
  }
}

export function claimsOf(token: string): { exp: number; sid: string } {
  return partOf(token, 1) as { exp: number; sid: string };
}

function keyIdOf(token: string): string {
  return String(asBody(partOf(token, 0)).kid);
}

function partOf(token: string, index: number): unknown {
  return JSON.parse(Buffer.from(token.split(".")[index] ?? "", "base64url").toString("utf8"));
}

type Subject = Pick<Request, "roomId" | "clientId" | "seq" | "text" | "replyTo">;

function subjectOf(request: object): Subject {
  const { roomId, clientId, seq, text, replyTo } = asBody(request) as Partial<Request>;
  return { roomId, clientId, seq, text, replyTo };
}

function outcomeOf(answer: unknown): string {
  const { ok, error } = asBody(answer);
  return ok === true ? "ok" : String(asBody(error).code);
}

function asBody(value: unknown): Body {
  return typeof value === "object" && value !== null ? (value as Body) : {};
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
