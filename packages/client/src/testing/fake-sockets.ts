import type { Answer } from "@moim/protocol";
import type { ErrorBody } from "@moim/protocol/errors";
import type { OpenSocket, SocketHandlers } from "../connection/open-socket.ts";

type Emitted = {
  name: string;
  request: Record<string, unknown>;
  acknowledge(answer: Answer<unknown>): void;
};

/** A socket whose server is the test. */
export class FakeSocket {
  readonly token: string;
  readonly handlers: SocketHandlers;
  readonly emitted: Emitted[] = [];
  isClosed = false;

  constructor(token: string, handlers: SocketHandlers) {
    this.token = token;
    this.handlers = handlers;
  }

  /** Answers the oldest unanswered event of that name. */
  answer(name: string, answer: { data: unknown } | { error: Partial<ErrorBody> }): Emitted {
    const index = this.emitted.findIndex((emitted) => emitted.name === name);
    const [emitted] = index < 0 ? [] : this.emitted.splice(index, 1);
    if (!emitted) throw new Error(`${name} was not sent`);
    if ("data" in answer) emitted.acknowledge({ ok: true, data: answer.data });
    else emitted.acknowledge({ ok: false, error: answer.error as ErrorBody });
    return emitted;
  }

  ready(serverTime: number, tokenExpiresAt = serverTime + 600_000): void {
    const payload = { serverTime, tokenExpiresAt, nodeId: "node-1", userId: "", sessionId: "" };
    this.handlers.event("session:ready", payload);
  }
}

export class FakeSockets {
  readonly opened: FakeSocket[] = [];

  readonly open: OpenSocket = ({ token }, handlers) => {
    const socket = new FakeSocket(token, handlers);
    this.opened.push(socket);
    return {
      emit: (name, request, acknowledge) =>
        socket.emitted.push({ name, request: { ...request }, acknowledge }),
      close: () => {
        socket.isClosed = true;
      },
    };
  };

  get last(): FakeSocket {
    const socket = this.opened.at(-1);
    if (!socket) throw new Error("no socket was opened");
    return socket;
  }
}
