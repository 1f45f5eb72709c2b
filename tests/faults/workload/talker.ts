import {
  type Clock,
  createMoimClient,
  type MoimClient,
  type MoimClientOptions,
  type OnlineEvent,
  type OnlineEvents,
  type OpenRoom,
  type OpenSocket,
  openSocketIo,
} from "@moim/client";
import { TcpProxy } from "@moim/local";
import { Ear } from "../history/listen.ts";
import type { Recorder, Who } from "../history/recorder.ts";
import type { Minted } from "./minted.ts";
import { watchScreen } from "./screen.ts";

export type TalkerOptions = {
  name: string;
  minted: Minted;
  recorder: Recorder;
  siteUrl: string;
  random: () => number;
  /** How wrong the clock of this device goes. */
  skewMs?: number;
  /** What this device shares with another tab of the same browser. */
  shared?: Pick<MoimClientOptions, "outboxStorage" | "tabs">;
};

/** Somebody at a real client, behind a network of their own, and all that happens to them is recorded. */
export class Talker implements Who {
  readonly client: string;
  readonly userId: string;
  readonly sessionId: string;
  readonly moim: MoimClient;
  readonly network: TcpProxy;
  readonly rooms = new Map<string, OpenRoom>();
  readonly #lookedAt = new Set<string>();
  readonly #hints: Hints;
  readonly #recorder: Recorder;
  #isGone = false;

  private constructor(options: TalkerOptions, network: TcpProxy) {
    const { minted, recorder, name } = options;
    this.client = name;
    this.userId = minted.userId;
    this.sessionId = minted.sessionId;
    this.network = network;
    this.#recorder = recorder;
    this.#hints = new Hints();
    this.moim = createMoimClient({
      baseUrl: `http://127.0.0.1:${network.port}`,
      tokenTransport: "body",
      session: sessionOf(minted),
      random: options.random,
      onlineEvents: this.#hints,
      openSocket: recording(recorder, this),
      fetch: noticingSignOut(recorder, minted.sessionId),
      ...(options.skewMs ? { clock: skewedClock(options.skewMs) } : {}),
      ...options.shared,
    });
  }

  static async join(options: TalkerOptions): Promise<Talker> {
    const network = await TcpProxy.start(options.siteUrl, options.random);
    const talker = new Talker(options, network);
    talker.#openWhatIsListed();
    await talker.moim.start();
    return talker;
  }

  /** Signed out on purpose: no screen is left to be compared. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /** `replyTo`: the place of what is answered. */
  async write(roomId: string, text: string, replyTo: number | null = null): Promise<void> {
    const room = this.rooms.get(roomId);
    if (!room || this.#isGone) return;
    const { clientId } = await room.send(text, replyTo === null ? {} : { replyTo });
    const { client, userId } = this;
    const words = { clientId, text, replyTo };
    this.#recorder.note({ kind: "sent", at: Date.now(), client, userId, roomId, ...words });
  }

  /** From now on sees who is in this room, whenever it is open. */
  lookAt(roomId: string): void {
    this.#lookedAt.add(roomId);
    this.rooms.get(roomId)?.members.subscribe(() => {});
  }

  looksAt(roomId: string): boolean {
    return this.#lookedAt.has(roomId);
  }

  async signOut(): Promise<void> {
    this.#isGone = true;
    await this.moim.signOut();
  }

  /** What a browser says when its network or its user comes back. */
  hint(event: OnlineEvent): void {
    this.#hints.tell(event);
  }

  async leave(): Promise<void> {
    await this.moim.stop();
    await this.network.stop();
  }

  #openWhatIsListed(): void {
    this.moim.rooms.subscribe(({ rooms }) => {
      for (const { id } of rooms) {
        const open = this.rooms.get(id);
        if (open && open.timeline.current.state !== "gone") continue;
        // As the page does when somebody comes back to a room.
        open?.close();
        const room = this.moim.openRoom(id);
        this.rooms.set(id, room);
        if (this.#lookedAt.has(id)) room.members.subscribe(() => {});
        watchScreen(this.#recorder, this, room);
      }
    });
  }
}

class Hints implements OnlineEvents {
  readonly #listeners = new Set<(event: OnlineEvent) => void>();

  isOnline(): boolean {
    return true;
  }

  subscribe(listener: (event: OnlineEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(event: OnlineEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }
}

function sessionOf({ userId, nickname, ...minted }: Minted) {
  return {
    user: {
      id: userId,
      nickname,
      name: nickname,
      bio: "",
      avatarUrl: null,
      email: `${nickname}@example.org`,
      createdAt: 0,
    },
    sessionId: minted.sessionId,
    accessToken: minted.accessToken,
    // Long valid, for plain sockets of the same session. This client begins by renewing it: from then on
    // its tokens are as short as all others.
    accessTokenExpiresAt: 0,
    refreshToken: minted.refreshToken,
  };
}

function recording(recorder: Recorder, who: Who): OpenSocket {
  return (target, handlers) => {
    const ear = new Ear(recorder, { client: who.client, userId: who.userId }, target.token, true);
    const socket = openSocketIo(target, {
      ...handlers,
      event(name, payload) {
        ear.event(name, payload);
        handlers.event(name, payload);
      },
      refused(body) {
        ear.closed();
        handlers.refused(body);
      },
      closed() {
        ear.closed();
        handlers.closed();
      },
      heard: () => handlers.heard(),
    });
    return {
      emit(name, request, acknowledge) {
        const answered = ear.ask(name, request);
        socket.emit(name, request, (answer) => {
          answered(answer);
          acknowledge(answer);
        });
      },
      close() {
        ear.closed();
        socket.close();
      },
    };
  };
}

function noticingSignOut(recorder: Recorder, sessionId: string): typeof fetch {
  return async (input, init) => {
    const answer = await fetch(input, init);
    if (String(input).endsWith("/api/auth/sign-out") && answer.status === 204) {
      recorder.note({ kind: "session ended", at: Date.now(), sessionId });
    }
    return answer;
  };
}

function skewedClock(skewMs: number): Clock {
  return {
    now: () => Date.now() + skewMs,
    after(ms, run) {
      const timer = setTimeout(run, Math.min(Math.max(ms, 0), 2_147_483_647));
      return () => clearTimeout(timer);
    },
  };
}
