import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { freePort } from "@moim/local";
import { afterAll, expect } from "vitest";

/** Generous: it is the machine's other work that makes a start slow. */
const START_TIMEOUT_MS = 60_000;

const folder = fileURLToPath(new URL("..", import.meta.url));

export type Environment = Record<string, string>;

/** Starts programs of this package as processes of their own, and ends what is left of them. */
export function useProcesses() {
  const running = new Set<ChildProcess>();
  afterAll(() => {
    for (const child of running) child.kill("SIGKILL");
  });

  function launch(program: string, environment: Environment, parameters: string[] = []) {
    const command = ["--import", "tsx", `src/${program}.ts`, ...parameters];
    const env = { PATH: process.env.PATH, ...environment };
    const child = spawn(process.execPath, command, { cwd: folder, env });
    running.add(child);
    const output = { out: "", err: "" };
    child.stdout.on("data", (chunk) => {
      output.out += chunk;
    });
    child.stderr.on("data", (chunk) => {
      output.err += chunk;
    });
    const ended = once(child, "close").then(([code]) => {
      running.delete(child);
      return { code: Number(code), ...output };
    });
    return { child, output, ended };
  }

  /** The service, once it listens. `stop` resolves to its exit code after SIGTERM. */
  async function serve(environment: Environment) {
    const port = await freePort();
    const all = { PORT: String(port), EMAIL_VERIFICATION: "off", ...environment };
    const { child, output, ended } = launch("main", all);
    await expect
      .poll(() => output.out + output.err, { timeout: START_TIMEOUT_MS })
      .toContain("auth is ready");
    const stop = async () => {
      child.kill("SIGTERM");
      return (await ended).code;
    };
    const kill = async () => {
      child.kill("SIGKILL");
      await ended;
    };
    return { port, url: `http://127.0.0.1:${port}`, stop, kill };
  }

  return { launch, serve };
}
