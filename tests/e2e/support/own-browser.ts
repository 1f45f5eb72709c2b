import { existsSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { findChromium } from "@moim/local";
import { type BrowserContext, chromium, type LaunchOptions, type Page } from "playwright-core";
import { eventually, PATIENCE_MS } from "./patience.ts";

const LAUNCHER = join(import.meta.dirname, "chromium.sh");
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Once so many wait, Chromium writes them. */
const COOKIES_WRITTEN_AT_ONCE = 512;

/** How Chromium is started here, in whichever way. */
export function chromiumHere(): Required<Pick<LaunchOptions, "executablePath" | "args" | "env">> {
  const CHROMIUM = findChromium();
  if (CHROMIUM === undefined) throw new Error("Chromium is needed; found: no chromium");
  return { executablePath: LAUNCHER, args: FLAGS, env: { ...process.env, CHROMIUM } };
}

export type OwnBrowserParts = {
  /** What the browser keeps between two starts. */
  readonly profile: string;
  readonly proxy: string;
  readonly baseURL: string;
};

/** A browser of its own process and with a profile on the disk, as people have one. */
export class OwnBrowser {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly #profile: string;

  private constructor(context: BrowserContext, page: Page, profile: string) {
    this.context = context;
    this.page = page;
    this.#profile = profile;
  }

  static async start({ profile, proxy, baseURL }: OwnBrowserParts): Promise<OwnBrowser> {
    const context = await chromium.launchPersistentContext(profile, {
      ...chromiumHere(),
      proxy: { server: proxy },
      baseURL,
      locale: "en-GB",
      reducedMotion: "reduce",
    });
    context.setDefaultTimeout(PATIENCE_MS);
    return new OwnBrowser(context, context.pages()[0] ?? (await context.newPage()), profile);
  }

  /**
   * Whoever is signed in now still is after a crash: by itself a browser writes a cookie down half a minute later, and
   * one that has been renewed meanwhile is good for as long only.
   */
  async keepCookies(): Promise<void> {
    const expires = Date.now() / 1_000 + 3_600;
    const fillers = Array.from({ length: COOKIES_WRITTEN_AT_ONCE }, (_, index) => ({
      name: "filler",
      value: "",
      domain: `filler-${index}.example`,
      path: "/",
      expires,
    }));
    await this.context.addCookies(fillers);
    const file = join(this.#profile, "Default", "Cookies");
    const isWritten = () => existsSync(file) && readFileSync(file).includes("filler-0.example");
    await eventually(isWritten, "on the disk").toBe(true);
  }

  /** As when the power goes: nothing is written any more, and nobody is told. Resolves once it is dead. */
  async kill(): Promise<void> {
    // The process that has the profile says so in it, as "host-1234".
    const [, pid] = /-(\d+)$/.exec(readlinkSync(join(this.#profile, "SingletonLock"))) ?? [];
    const isDead = new Promise((resolve) => this.context.once("close", resolve));
    process.kill(Number(pid), "SIGKILL");
    await isDead;
  }
}
