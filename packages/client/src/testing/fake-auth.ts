import type { Session } from "@moim/protocol";
import { ALICE } from "./messages.ts";

type Answer = { status: number; body?: unknown; headers?: Record<string, string> } | "network down";

/** An auth service that answers as the test says; `refresh` makes a new token each time. */
export class FakeAuth {
  readonly calls: { method: string; path: string; bearer: string | null; body: unknown }[] = [];
  /** Answers to come, by path; when none is left, the path's usual answer. */
  readonly next = new Map<string, Answer[]>();
  /** Requests are held back while this is set. */
  hold: Promise<void> | null = null;
  tokens = 0;
  ttlMs = 600_000;
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  session(userId = ALICE): Session {
    const issuedAtSeconds = Math.floor(this.#now() / 1_000);
    const claims = btoa(JSON.stringify({ iat: issuedAtSeconds, n: ++this.tokens }));
    return {
      user: {
        id: userId,
        nickname: "alice",
        name: "Alice",
        bio: "",
        avatarUrl: null,
        email: "alice@example.org",
        createdAt: 0,
      },
      sessionId: "00000000-0000-7000-8000-0000000000ff",
      accessToken: `head.${claims}.signature-${this.tokens}`,
      accessTokenExpiresAt: issuedAtSeconds * 1_000 + this.ttlMs,
    };
  }

  answerNext(path: string, ...answers: Answer[]): void {
    this.next.set(path, [...(this.next.get(path) ?? []), ...answers]);
  }

  callsTo(path: string): number {
    return this.calls.filter((call) => call.path === path).length;
  }

  readonly fetch: typeof globalThis.fetch = async (input, init = {}) => {
    const path = new URL(String(input)).pathname;
    this.calls.push({
      path,
      method: init.method ?? "GET",
      bearer: new Headers(init.headers).get("authorization"),
      body: init.body ? JSON.parse(String(init.body)) : undefined,
    });
    if (this.hold) await this.hold;
    const answer = this.next.get(path)?.shift() ?? this.#usual(path);
    if (answer === "network down") throw new TypeError("fetch failed");
    const { status, body, headers } = answer;
    return new Response(body === undefined ? null : JSON.stringify(body), {
      status,
      ...(headers ? { headers } : {}),
    });
  };

  #usual(path: string): Answer {
    if (path === "/api/auth/sign-out") return { status: 204 };
    if (path === "/api/users") return { status: 200, body: { users: [] } };
    return { status: 200, body: this.session() };
  }
}
