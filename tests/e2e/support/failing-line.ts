import type { Page, Route } from "playwright-core";
import type { LanguageCode } from "./labels.ts";
import type { Person } from "./person.ts";

/** What has become of a request: passed on, or kept from the server. */
type Answer =
  | { kind: "pass" }
  | { kind: "refuse"; code: "rate_limited" | "unavailable" | "forbidden" }
  | { kind: "none" };

const RETRY_AFTER_SECONDS = 30;
/** A few of them are longer than anything in the page waits for an answer. */
const STEP_MS = 8_000;
const STEPS_MAX = 5;
/** What follows a step in the page needs no more. */
const AFTER_STEP_MS = 150;

/** A Socket.IO event that wants an answer: its id, its name. */
const EVENT = /^42(\d+)\["([^"]+)"/;

/**
 * Between a page and the server: answers in its place whatever one form asks for, HTTP or event, and
 * passes everything else.
 */
export class Line {
  readonly #person: Person;
  /** Different requests of the watched kind; a repeat of the same one counts once. */
  readonly asked = new Set<string>();
  answer: Answer = { kind: "pass" };
  #watched = "";

  constructor(person: Person) {
    this.#person = person;
  }

  /** `POST /path`, by how it begins, or an event's name. */
  watch(asks: string): void {
    this.#watched = asks;
  }

  get person(): Person {
    return this.#person;
  }

  async attach(page: Page): Promise<void> {
    await page.route("**/api/**", (route) => this.#take(route));
    await page.routeWebSocket(/\/socket\.io\//, (socket) => {
      const server = socket.connectToServer();
      socket.onMessage((frame) => {
        const [, id, name] = EVENT.exec(String(frame)) ?? [];
        if (name === undefined || name !== this.#watched) return server.send(frame);
        this.asked.add(String(frame).slice(String(frame).indexOf("[")));
        if (this.answer.kind === "pass") return server.send(frame);
        if (this.answer.kind === "none") return;
        const error = {
          code: this.answer.code,
          message: "",
          retryable: true,
          retryAfterMs: RETRY_AFTER_SECONDS * 1_000,
        };
        socket.send(`43${id}[${JSON.stringify({ ok: false, error })}]`);
      });
    });
  }

  /** Where nothing answers, somebody would have to wait for long. The page's clock is installed. */
  async letTimePassUntil(isThere: () => Promise<boolean>): Promise<void> {
    for (let step = 0; step < STEPS_MAX; step += 1) {
      await this.#person.page.waitForTimeout(AFTER_STEP_MS);
      if (await isThere()) return;
      await this.#person.page.clock.fastForward(STEP_MS);
    }
  }

  async #take(route: Route): Promise<void> {
    const request = route.request();
    const asks = `${request.method()} ${new URL(request.url()).pathname}`;
    if (this.#watched === "" || !asks.startsWith(this.#watched)) return route.continue();
    this.asked.add(`${asks} ${this.asked.size}`);
    if (this.answer.kind === "pass") return route.continue();
    if (this.answer.kind === "none") return;
    if (this.answer.code === "unavailable") {
      // Of a proxy in between.
      const body = "<html><h1>502 Bad Gateway</h1></html>";
      return route.fulfill({ status: 502, contentType: "text/html", body });
    }
    const problem = { type: "about:blank", title: "", status: 429, code: this.answer.code };
    return route.fulfill({
      status: 429,
      headers: { "retry-after": String(RETRY_AFTER_SECONDS) },
      contentType: "application/problem+json",
      body: JSON.stringify(problem),
    });
  }
}

/** Before the page is loaded. */
export async function lineOf(person: Person): Promise<Line> {
  const line = new Line(person);
  await line.attach(person.page);
  return line;
}

type Failure = {
  readonly sentence: Readonly<Record<LanguageCode, string>>;
  /** Resolves to what ends it. */
  begin(line: Line): Promise<() => Promise<void>>;
};

const UNANSWERED = {
  en: "The server does not answer. Please try again.",
  ko: "서버가 응답하지 않습니다. 다시 시도해 주세요.",
};

function answering(answer: Answer): Failure["begin"] {
  return async (line) => {
    line.answer = answer;
    return async () => {
      line.answer = { kind: "pass" };
    };
  };
}

/** In this order: the same sentence never twice in a row. */
export const FAILURES: Readonly<Record<string, Failure>> = {
  "too often": {
    sentence: {
      en: `That was too often. Please try again in ${RETRY_AFTER_SECONDS} seconds.`,
      ko: `시도가 너무 잦습니다. ${RETRY_AFTER_SECONDS}초 뒤에 다시 시도해 주세요.`,
    },
    begin: answering({ kind: "refuse", code: "rate_limited" }),
  },
  broken: { sentence: UNANSWERED, begin: answering({ kind: "refuse", code: "unavailable" }) },
  offline: {
    sentence: {
      en: "You are offline. Please try again once you are back.",
      ko: "오프라인입니다. 다시 연결되면 시도해 주세요.",
    },
    async begin({ person }) {
      await person.goOffline();
      return async () => {
        person.cable.plugIn();
        await person.context.setOffline(false);
      };
    },
  },
  silent: { sentence: UNANSWERED, begin: answering({ kind: "none" }) },
};
