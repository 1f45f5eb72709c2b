import type { BrowserContext, Locator, Page } from "playwright-core";
import type { Cable } from "./cable.ts";
import { LABELS, type LanguageCode } from "./labels.ts";
import { eventually } from "./patience.ts";
import { Wire } from "./wire.ts";

export const PASSWORD = "correct-horse-1";

/** What somebody can read in an open room: a message's place, or what has become of it so far. */
export type Shown = { seq: number | null; state: string; isOwn: boolean; text: string };

export type PersonParts = {
  readonly nickname: string;
  readonly name: string;
  readonly language: LanguageCode;
  readonly context: BrowserContext;
  readonly page: Page;
  readonly cable: Cable;
};

/** Somebody at a browser of their own, on a network of their own. */
export class Person {
  readonly nickname: string;
  readonly name: string;
  readonly labels: (typeof LABELS)[LanguageCode];
  readonly context: BrowserContext;
  readonly page: Page;
  readonly cable: Cable;
  readonly wire: Wire;
  /** What went wrong in the page without anybody seeing it. */
  readonly pageErrors: string[] = [];
  /** What the page said and what it did not get, for whoever looks into a failure. */
  readonly journal: string[] = [];

  constructor(parts: PersonParts) {
    this.nickname = parts.nickname;
    this.name = parts.name;
    this.labels = LABELS[parts.language];
    this.context = parts.context;
    this.page = parts.page;
    this.cable = parts.cable;
    this.wire = new Wire(parts.page);
    this.page.on("pageerror", (error) => this.pageErrors.push(String(error)));
    this.page.on("request", (request) => this.#note(`${request.method()} ${request.url()}`));
    this.page.on("requestfailed", (request) => {
      this.#note(`${request.method()} ${request.url()}: ${request.failure()?.errorText}`);
    });
    this.page.on("response", (response) => {
      this.#note(`${response.status()} ${response.url()}`);
    });
    this.page.on("console", (message) => {
      const text = message.text();
      this.#note(text);
      if (text.includes("Content Security Policy")) this.pageErrors.push(text);
    });
  }

  get email(): string {
    return `${this.nickname}@example.org`;
  }

  get composer(): Locator {
    return this.page.getByTestId("composer");
  }

  get notices(): Locator {
    return this.page.getByTestId("notice");
  }

  /** Of the room that is open. */
  get roomId(): string {
    const [, roomId] = /\/rooms\/([^/]+)/.exec(new URL(this.page.url()).pathname) ?? [];
    if (roomId === undefined) throw new Error(`${this.nickname} has no room open`);
    return roomId;
  }

  button(label: string): Locator {
    return this.page.getByRole("button", { name: label, exact: true });
  }

  /** Through the form, as people do it. Resolves when the messenger is there and connected. */
  async signUp(): Promise<void> {
    await this.page.goto("/sign-up");
    const { email, name, nickname } = this;
    for (const [field, value] of Object.entries({ email, name, nickname, password: PASSWORD })) {
      await this.page.locator(`input[name=${field}]`).fill(value);
    }
    await this.page.locator("button[type=submit]").click();
    await this.connected();
  }

  /** Makes the account behind the page's back and opens the page with its cookie. */
  async join(): Promise<void> {
    await this.createAccount();
    await this.page.goto("/");
    await this.connected();
  }

  /** The cookie of the session that comes with it is in this browser. */
  async createAccount(): Promise<void> {
    const { email, name, nickname } = this;
    const data = { email, name, nickname, password: PASSWORD };
    const answer = await this.context.request.post("/api/auth/sign-up", { data });
    if (!answer.ok()) throw new Error(`sign-up: ${answer.status()} ${await answer.text()}`);
    // What a page leaves behind that signs up by itself.
    await this.context.addInitScript(markSession);
  }

  /** Fills in the form and presses the button; what comes of it is the caller's to wait for. */
  async submitSignIn(password = PASSWORD): Promise<void> {
    await this.page.locator("input[name=email]").fill(this.email);
    await this.page.locator("input[name=password]").fill(password);
    await this.page.locator("button[type=submit]").click();
  }

  async connected(): Promise<void> {
    await this.button(this.labels.newMessage).waitFor();
    await eventually(() => this.wire.nodeId, `${this.nickname} is connected`).toBeDefined();
  }

  /** Finds the others by search and opens a room with them: direct with one, a group with more. */
  async startRoom(...others: readonly Person[]): Promise<void> {
    await this.button(this.labels.newMessage).click();
    const dialog = this.page.getByRole("dialog", { name: this.labels.newMessage });
    for (const { nickname } of others) {
      await dialog.getByRole("combobox", { name: this.labels.searchPeople }).fill(nickname);
      await dialog.locator(`[data-testid=person][data-nickname="${nickname}"]`).click();
    }
    await dialog.getByRole("button", { name: this.labels.chat, exact: true }).click();
    await this.composer.waitFor();
  }

  roomRow(roomId: string): Locator {
    return this.page.locator(`[data-testid=room-row][data-room-id="${roomId}"]`);
  }

  async openRoom(roomId: string): Promise<void> {
    await this.roomRow(roomId).click();
    await this.composer.waitFor();
  }

  /** Writes a line and presses Enter. */
  async write(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press("Enter");
  }

  /** Opens a message's menu by the pointer and chooses what has this name. */
  async actOn(seq: number, label: string): Promise<void> {
    await this.page
      .locator(`[data-testid=message][data-seq="${seq}"] [data-testid=bubble]`)
      .hover();
    await this.page.getByTestId("message-toolbar").getByRole("button").last().click();
    await this.page.getByRole("menuitem", { name: label, exact: true }).click();
  }

  /** The open room from top to bottom. */
  async screen(): Promise<Shown[]> {
    return this.page.getByTestId("message").evaluateAll((rows) =>
      rows.map((row) => {
        const { seq, state = "", own } = (row as HTMLElement).dataset;
        const bubble = row.querySelector("[data-testid=bubble]");
        const quote = bubble?.querySelector("[data-testid=quote]")?.textContent ?? "";
        // What it answers stands before what it says.
        const text = bubble?.textContent.slice(quote.length) ?? "";
        return { seq: seq === undefined ? null : Number(seq), state, isOwn: own === "true", text };
      }),
    );
  }

  /** Waits until the room shows it as said and stored. */
  async sees(text: string): Promise<void> {
    const shown = async () => (await this.screen()).filter(({ state }) => state === "sent");
    await eventually(
      async () => (await shown()).map((message) => message.text),
      `${this.nickname} sees it`,
    ).toContain(text);
  }

  /** Waits until what this person wrote and the server has not got is exactly this. */
  async waitsWith(state: string, texts: readonly string[]): Promise<void> {
    const unsent = async () => (await this.screen()).filter((shown) => shown.seq === null);
    await eventually(unsent, `${this.nickname} waits with these`).toEqual(
      texts.map((text) => ({ seq: null, state, isOwn: true, text })),
    );
  }

  /** The cable comes out, and the browser is told by its system. */
  async goOffline(): Promise<void> {
    this.cable.pull();
    await this.context.setOffline(true);
  }

  async leaveBrowser(): Promise<void> {
    await this.context.close();
    await this.cable.remove();
  }

  #note(line: string): void {
    this.journal.push(`${new Date().toISOString()} ${line}`);
  }
}

/** In the page. */
function markSession(): void {
  if (location.protocol.startsWith("http")) localStorage.setItem("moim-session", "1");
}
