import { freePort } from "../process/free-port.ts";
import { type RunningService, startService } from "../services/service-process.ts";
import type { ClusterOptions } from "./start-cluster.ts";

type Options = Pick<ClusterOptions, "environmentOf" | "chatProgram">;

/** How this cluster's services are started, the first time and again. */
export class Services {
  readonly #environment: NodeJS.ProcessEnv;
  readonly #logFolder: string;
  readonly #options: Options;

  constructor(environment: NodeJS.ProcessEnv, logFolder: string, options: Options) {
    this.#environment = environment;
    this.#logFolder = logFolder;
    this.#options = options;
  }

  async startAuth(port: number): Promise<RunningService> {
    const environment = await this.#environmentOf("auth", this.#environment);
    return startService({
      name: "auth",
      service: "auth",
      port,
      environment,
      logFolder: this.#logFolder,
    });
  }

  async startChat(name: string, port: number, authPort: number): Promise<RunningService> {
    const AUTH_URL = `http://127.0.0.1:${authPort}`;
    const environment = await this.#environmentOf(name, {
      ...this.#environment,
      AUTH_URL,
      NODE_ID: name,
    });
    const { chatProgram } = this.#options;
    return startService({
      name,
      service: "chat",
      port,
      environment,
      logFolder: this.#logFolder,
      ...(chatProgram ? { program: chatProgram } : {}),
    });
  }

  #environmentOf(name: string, environment: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> {
    return this.#options.environmentOf?.(name, environment) ?? Promise.resolve(environment);
  }
}

/** The chat nodes, on ports that the proxy knows from the beginning. */
export class ChatNodes {
  readonly running: RunningService[] = [];
  readonly ports: number[] = [];
  readonly #services: Services;
  readonly #authPort: number;
  #added = 0;

  constructor(services: Services, authPort: number) {
    this.#services = services;
    this.#authPort = authPort;
  }

  async reservePorts(count: number): Promise<void> {
    while (this.ports.length < count) this.ports.push(await freePort());
  }

  async add(): Promise<RunningService> {
    const index = this.#added++;
    const port = this.ports[index];
    if (port === undefined) throw new Error(`the proxy knows ${this.ports.length} nodes only`);
    const node = await this.#services.startChat(`chat-${index + 1}`, port, this.#authPort);
    this.running.push(node);
    return node;
  }

  /** Waits for every node, so that after a failure none is still about to start. */
  async addMany(count: number): Promise<void> {
    const results = await Promise.allSettled(Array.from({ length: count }, () => this.add()));
    for (const result of results) if (result.status === "rejected") throw result.reason;
  }

  async restart(node: RunningService): Promise<RunningService> {
    await node.process.exited;
    const successor = await this.#services.startChat(node.name, node.port, this.#authPort);
    this.running.splice(this.running.indexOf(node), 1, successor);
    return successor;
  }

  async stop(): Promise<void> {
    await Promise.all(this.running.map((node) => node.stop()));
  }
}
