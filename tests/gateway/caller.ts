import { randomUUID } from "node:crypto";
import { io, type Socket } from "socket.io-client";

const PASSWORD = "correct-horse-1";
const READY_TIMEOUT_MS = 30_000;

export type Caller = { readonly userId: string; readonly accessToken: string };

/** A new account's access token, as any program gets one. */
export async function signUp(url: string, email?: string): Promise<Caller> {
  const nickname = `u${randomUUID().replaceAll("-", "").slice(0, 11)}`;
  const answer = await fetch(`${url}/api/auth/sign-up`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      email: email ?? `${nickname}@example.org`,
      password: PASSWORD,
      nickname,
      name: "Somebody",
      tokenTransport: "body",
    }),
  });
  if (answer.status !== 201) throw new Error(`sign-up: ${answer.status} ${await answer.text()}`);
  const { user, accessToken } = await answer.json();
  return { userId: user.id, accessToken };
}

/** One connection that does nothing by itself: it neither reconnects nor renews. */
export class Line {
  readonly socket: Socket;
  /** Where it ended up. */
  readonly nodeId: string;
  /** When it was lost, in ms since the epoch; undefined while it stands. */
  lostAt: number | undefined;
  lostFor: string | undefined;

  private constructor(socket: Socket, nodeId: string) {
    this.socket = socket;
    this.nodeId = nodeId;
    socket.on("disconnect", (reason) => {
      this.lostAt = Date.now();
      this.lostFor = reason;
    });
  }

  /** Rejects when the connection is refused, be it once. */
  static open(url: string, { accessToken }: Caller): Promise<Line> {
    const socket = io(url, {
      transports: ["websocket"],
      auth: { token: accessToken },
      forceNew: true,
      reconnection: false,
      timeout: READY_TIMEOUT_MS,
    });
    return new Promise((resolve, reject) => {
      socket.once("connect_error", reject);
      socket.once("session:ready", ({ nodeId }: { nodeId: string }) =>
        resolve(new Line(socket, nodeId)),
      );
    });
  }

  /** The data of the acknowledgement; rejects with the error's code. */
  async ask(event: string, request: object): Promise<unknown> {
    const answer = await this.socket.timeout(READY_TIMEOUT_MS).emitWithAck(event, request);
    if (!answer.ok) throw new Error(`${event}: ${answer.error.code}`);
    return answer.data;
  }

  close(): void {
    this.socket.disconnect();
  }
}
