import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { CHECKOUT } from "../src/checkout.ts";
import { processIdentity } from "../src/process/process-identity.ts";

export interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly complaints: string;
}

/** A command of this package, run as `pnpm` would run it. */
export class Command {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  #output = "";
  #complaints = "";
  #hasEnded = false;

  constructor(name: string, environment: NodeJS.ProcessEnv, parameters: readonly string[] = []) {
    const script = join(CHECKOUT, "infra", "local", "bin", `${name}.mjs`);
    const { DATABASE_URL: _, REDIS_URL: __, ...inherited } = process.env;
    const child = spawn(process.execPath, [script, ...parameters], {
      env: { ...inherited, NODE_ENV: "", NODE_OPTIONS: "", ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.pid = child.pid ?? 0;
    child.stdout.on("data", (chunk) => {
      this.#output += chunk;
    });
    child.stderr.on("data", (chunk) => {
      this.#complaints += chunk;
    });
    this.ended = new Promise((resolve) => {
      child.once("close", (code) => {
        this.#hasEnded = true;
        resolve({ code, output: this.#output, complaints: this.#complaints });
      });
    });
  }

  /** Resolves when it has printed this; rejects with what it printed when it ends without. */
  async says(text: string): Promise<void> {
    while (!this.#output.includes(text)) {
      if (this.#hasEnded)
        throw new Error(`ended without "${text}":\n${this.#output}${this.#complaints}`);
      await delay(50);
    }
  }

  async stop(signal: NodeJS.Signals): Promise<Ended> {
    if (!this.#hasEnded) process.kill(this.pid, signal);
    return this.ended;
  }

  /** The processes it has started, with what tells them apart from later ones of the same number. */
  children(): Child[] {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => parentOf(pid) === this.pid)
      .map((pid) => ({ pid, identity: processIdentity(pid), command: commandOf(pid) }));
  }
}

export interface Child {
  readonly pid: number;
  readonly identity: string | undefined;
  readonly command: string;
}

/** Those that still run. */
export function alive(children: readonly Child[]): Child[] {
  return children.filter(({ pid, identity }) => identity && processIdentity(pid) === identity);
}

/** Waits until none of them runs; answers those that still do after `timeoutMs`. */
export async function gone(children: readonly Child[], timeoutMs: number): Promise<Child[]> {
  const deadlineMs = Date.now() + timeoutMs;
  while (alive(children).length > 0 && Date.now() < deadlineMs) await delay(50);
  return alive(children);
}

function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined;
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
  } catch {
    return "";
  }
}
