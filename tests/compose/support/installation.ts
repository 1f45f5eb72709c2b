import { spawn } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "@moim/local";

const CHECKOUT = resolve(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
const NOT_CLONED =
  /(^|\/)(node_modules|dist|\.git|\.data|\.cache|\.env|secrets|backups|snapshots)$/;

export type Said = { readonly code: number | null; readonly output: string };

/** Moim as an operator has it: a clone of this checkout in a folder of its own, run by docker compose. */
export class Installation {
  readonly folder: string;
  readonly port: number;
  readonly #imageTag: string;

  private constructor(folder: string, port: number, imageTag: string) {
    this.folder = folder;
    this.port = port;
    this.#imageTag = imageTag;
  }

  /** Those with one `imageTag` share their images. */
  static async clone(imageTag: string): Promise<Installation> {
    const folder = mkdtempSync(join(tmpdir(), "moim-compose-"));
    cpSync(CHECKOUT, folder, {
      recursive: true,
      filter: (source) => !NOT_CLONED.test(relative(CHECKOUT, source)),
    });
    return new Installation(folder, await freePort(), imageTag);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Compose takes it from the folder. */
  get project(): string {
    return basename(this.folder).toLowerCase();
  }

  /** `./infra/init-env`, and what this machine's tests need beside it. */
  async initialise(...parameters: string[]): Promise<void> {
    await this.succeeds("./infra/init-env", ...parameters);
    this.set({
      MOIM_LISTEN: `127.0.0.1:${this.port}`,
      MOIM_SERVICES_IMAGE: `moim-services:${this.#imageTag}`,
      MOIM_GATEWAY_IMAGE: `moim-gateway:${this.#imageTag}`,
    });
  }

  /** Lines of .env; the last one of a name counts. */
  set(variables: Readonly<Record<string, string>>): void {
    const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`);
    appendFileSync(join(this.folder, ".env"), lines.join(""));
  }

  read(path: string): string {
    return readFileSync(join(this.folder, path), "utf8");
  }

  write(path: string, content: string): void {
    const file = join(this.folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }

  /** Runs a command in the folder, as typed there. */
  run(command: string, ...parameters: string[]): Promise<Said> {
    return run(this.folder, command, ...parameters);
  }

  /** The output; rejects with it when the command fails. */
  async succeeds(command: string, ...parameters: string[]): Promise<string> {
    const { code, output } = await this.run(command, ...parameters);
    if (code === 0) return output;
    throw new Error(
      `${command} ${parameters.join(" ")}: exit code ${code}\n${output.slice(-4_000)}`,
    );
  }

  compose(...parameters: string[]): Promise<string> {
    return this.succeeds("docker", "compose", ...parameters);
  }

  /** The running containers of a service. */
  async containers(service: string): Promise<string[]> {
    return (await this.compose("ps", "--quiet", service)).split("\n").filter(Boolean);
  }

  /** When each process of a service said that it is ready, in ms since the epoch. */
  async readyTimes(service: string): Promise<number[]> {
    const log = await this.compose("logs", "--no-log-prefix", "--no-color", service);
    const ready = log.matchAll(/"time":"([^"]+)".*"msg":"chat node is ready"/g);
    return [...ready].map(([, time = ""]) => Date.parse(time));
  }

  async query(sql: string): Promise<string> {
    const psql = ["psql", "-U", "moim", "-d", "moim", "-qtA", "-c", sql];
    return (await this.compose("exec", "-T", "postgres", ...psql)).trim();
  }

  /** Everything, data and images included. */
  async remove(): Promise<void> {
    const all = ["--profile", "*"];
    await this.run(
      "docker",
      "compose",
      ...all,
      "down",
      "--volumes",
      "--remove-orphans",
      "--timeout",
      "1",
    );
    rmSync(this.folder, { recursive: true, force: true });
  }

  async removeImages(): Promise<void> {
    const images = ["services", "gateway"].map((name) => `moim-${name}:${this.#imageTag}`);
    await run("/", "docker", "image", "rm", ...images);
  }
}

function run(cwd: string, command: string, ...parameters: string[]): Promise<Said> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, parameters, { cwd, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const collect = (chunk: Buffer): void => {
      output += chunk;
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, output }));
  });
}
