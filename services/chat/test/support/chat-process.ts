import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("../..", import.meta.url));

/** What `pnpm --filter @moim/chat start` runs. */
function startCommand(): string[] {
  const { scripts } = JSON.parse(readFileSync(`${FOLDER}/package.json`, "utf8"));
  return scripts.start.split(" ");
}

/** A chat node as a process of its own, as it is run: from the build, which `buildService` makes. */
export class ChatProcess {
  readonly child: ChildProcess;
  stdout = "";
  stderr = "";
  /** Undefined while it runs; null when a signal ended it. */
  exitCode: number | null | undefined;
  readonly #exited: Promise<number | null>;

  constructor(environment: Record<string, string | undefined>) {
    const { PATH, HOME } = process.env;
    const [command = "", ...parameters] = startCommand();
    this.child = spawn(command, parameters, {
      cwd: FOLDER,
      env: { PATH, HOME, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child.stdout?.on("data", (chunk) => {
      this.stdout += chunk;
    });
    this.child.stderr?.on("data", (chunk) => {
      this.stderr += chunk;
    });
    this.#exited = new Promise((resolve) => {
      // Not its exit, after which its last words may still be on their way.
      this.child.once("close", (code) => {
        this.exitCode = code;
        resolve(code);
      });
    });
  }

  /** Resolves to its address once it is ready; rejects when it ends before. */
  async ready(): Promise<string> {
    for (;;) {
      const port = /"port":(\d+).*"chat node is ready"/.exec(this.stdout)?.[1];
      if (port !== undefined) return `http://127.0.0.1:${port}`;
      if (this.exitCode !== undefined) throw new Error(`it ended: ${this.stderr}${this.stdout}`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  exited(): Promise<number | null> {
    return this.#exited;
  }

  end(): void {
    if (this.exitCode === undefined) this.child.kill("SIGKILL");
  }
}
