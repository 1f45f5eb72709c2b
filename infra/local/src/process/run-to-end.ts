import { spawn } from "node:child_process";

export interface RunOptions {
  readonly directory: string;
  readonly environment?: NodeJS.ProcessEnv;
  /** `show` passes the output through; `keep` collects it for the answer. */
  readonly output: "show" | "keep";
  readonly signal?: AbortSignal;
}

export interface Ended {
  readonly succeeded: boolean;
  readonly output: string;
}

/** Runs a command to its end. Rejects when it cannot be run at all, or is aborted. */
export function runToEnd(
  command: string,
  parameters: readonly string[],
  options: RunOptions,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, parameters, {
      cwd: options.directory,
      env: options.environment ?? process.env,
      stdio: options.output === "show" ? "inherit" : ["ignore", "pipe", "pipe"],
      ...(options.signal ? { signal: options.signal } : {}),
    });
    let output = "";
    const collect = (chunk: Buffer): void => {
      output += chunk;
    };
    child.stdout?.on("data", collect);
    child.stderr?.on("data", collect);
    child.once("error", reject);
    child.once("close", (code) => resolve({ succeeded: code === 0, output }));
  });
}
