import { cpSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Cluster, startCluster } from "@moim/local";
import { type Browser, chromium } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, type RunnerTestCase } from "vitest";
import { Cable } from "./cable.ts";
import type { LanguageCode } from "./labels.ts";
import { Ledger } from "./ledger.ts";
import { chromiumHere, OwnBrowser } from "./own-browser.ts";
import { PATIENCE_MS } from "./patience.ts";
import { Person, type PersonParts } from "./person.ts";

const START_TIMEOUT_MS = 120_000;

const PHONE = { width: 390, height: 780 };

export type Newcomer = {
  readonly nickname: string;
  readonly name: string;
  readonly language?: LanguageCode;
  readonly colorScheme?: "light" | "dark";
  /** On a phone, without a mouse. */
  readonly hasPhone?: boolean;
  /** As the system names it; this machine's when left out. */
  readonly timeZone?: string;
};

/** A whole Moim and a real browser, for the tests of one file. */
export class Stage {
  readonly cluster: Cluster;
  readonly ledger: Ledger;
  readonly #browser: Browser;
  readonly #people: Person[] = [];

  private constructor(cluster: Cluster, browser: Browser) {
    this.cluster = cluster;
    this.ledger = new Ledger(cluster.postgresUrl);
    this.#browser = browser;
  }

  static async open(environment: NodeJS.ProcessEnv): Promise<Stage> {
    const options = chromiumHere();
    const cluster = await startCluster({ nodes: 2, spareNodes: 0, environment });
    try {
      return new Stage(cluster, await chromium.launch(options));
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  /** Gives somebody a browser profile and a network of their own; no page is open yet. */
  async enter({
    nickname,
    name,
    language = "en",
    colorScheme,
    hasPhone,
    timeZone,
  }: Newcomer): Promise<Person> {
    const cable = await Cable.lay();
    const context = await this.#browser.newContext({
      baseURL: this.cluster.url,
      proxy: { server: cable.proxy },
      locale: language === "ko" ? "ko-KR" : "en-GB",
      colorScheme: colorScheme ?? "light",
      reducedMotion: "reduce",
      ...(timeZone === undefined ? {} : { timezoneId: timeZone }),
      ...(hasPhone ? { hasTouch: true, isMobile: true, viewport: PHONE } : {}),
    });
    context.setDefaultTimeout(PATIENCE_MS);
    const page = await context.newPage();
    return this.#welcome({ nickname, name, language, context, page, cable });
  }

  /**
   * Starts a browser of somebody's own, a process that can be killed, with the profile in this folder. Its page is
   * open.
   */
  async enterWithProfile(
    { nickname, name }: Newcomer,
    profile: string,
  ): Promise<{ person: Person; browser: OwnBrowser }> {
    const cable = await Cable.lay();
    const { proxy } = cable;
    const browser = await OwnBrowser.start({ profile, proxy, baseURL: this.cluster.url });
    const { context, page } = browser;
    const person = this.#welcome({ nickname, name, language: "en", context, page, cable });
    return { person, browser };
  }

  #welcome(parts: PersonParts): Person {
    const person = new Person(parts);
    this.#people.push(person);
    return person;
  }

  /** Everybody goes home. Pages in which something threw unseen fail the test. */
  async clear(): Promise<void> {
    const people = this.#people.splice(0);
    await Promise.all(people.map((person) => person.leaveBrowser()));
    for (const { nickname, pageErrors } of people) expect(pageErrors, nickname).toEqual([]);
  }

  /** Keeps what a failed test leaves behind and answers the folder. */
  async photograph(): Promise<string> {
    const folder = mkdtempSync(join(tmpdir(), "moim-e2e-"));
    for (const { nickname, journal, pageErrors } of this.#people) {
      writeFileSync(join(folder, `${nickname}.log`), [...journal, ...pageErrors, ""].join("\n"));
    }
    await Promise.allSettled(
      this.#people.map(async ({ nickname, page }) => {
        await page.screenshot({ path: join(folder, `${nickname}.png`) });
        writeFileSync(join(folder, `${nickname}.html`), await page.content());
      }),
    );
    cpSync(this.cluster.logFolder, join(folder, "logs"), { recursive: true });
    return folder;
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.ledger.close();
    await this.cluster.stop();
  }
}

/**
 * Opens a stage before the tests of a file and closes it after them; between tests everybody goes
 * home. A failed test says where its screenshots and the services' logs are.
 */
export function useStage(environment: NodeJS.ProcessEnv = {}): () => Stage {
  let stage: Stage | undefined;
  beforeAll(async () => {
    stage = await Stage.open(environment);
  }, START_TIMEOUT_MS);
  afterEach(async ({ task }) => {
    if (task.result?.state === "fail") await report(stage, task);
    await stage?.clear();
  });
  afterAll(() => stage?.close(), START_TIMEOUT_MS);
  return () => {
    if (stage === undefined) throw new Error("the stage is not open yet");
    return stage;
  };
}

async function report(stage: Stage | undefined, task: RunnerTestCase): Promise<void> {
  const folder = await stage?.photograph();
  const [error] = task.result?.errors ?? [];
  if (error !== undefined) error.message += `\nScreenshots and logs: ${folder}`;
}
