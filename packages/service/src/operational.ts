import { collectDefaultMetrics, Gauge, Registry } from "prom-client";

/** Resolves or returns when fine; throws with a reason for people otherwise. */
export type HealthCheck = () => void | Promise<void>;

export type OperationalAnswer = { status: number; contentType: string; body: string };

/** How long a readiness probe may take before the part it asks counts as not ready. */
const CHECK_TIMEOUT_MS = 2_000;

/**
 * Answers `/livez`, `/readyz` and `/metrics`, the same on every service. Live means that the
 * process answers at all; ready means that it is not draining and every check passes.
 */
export class Operational {
  readonly registry: Registry;
  readonly #checks: Readonly<Record<string, HealthCheck>>;
  #isDraining = false;

  constructor(registry: Registry, checks: Readonly<Record<string, HealthCheck>>) {
    this.registry = registry;
    this.#checks = checks;
    countPassing(registry, checks);
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** From now on `/readyz` answers 503, so that balancers send nobody new. */
  drain(): void {
    this.#isDraining = true;
  }

  /** Undefined for any other path. */
  async answer(path: string): Promise<OperationalAnswer | undefined> {
    switch (path) {
      case "/livez":
        return json(200, { status: "ok" });
      case "/readyz":
        return this.#readiness();
      case "/metrics":
        return {
          status: 200,
          contentType: this.registry.contentType,
          body: await this.registry.metrics(),
        };
      default:
        return undefined;
    }
  }

  async #readiness(): Promise<OperationalAnswer> {
    const names = Object.keys(this.#checks);
    const results = await Promise.all(
      Object.values(this.#checks).map((check) => outcomeOf(check, CHECK_TIMEOUT_MS)),
    );
    const checks: Record<string, string> = Object.fromEntries(
      names.map((name, index) => [name, results[index] ?? "ok"]),
    );
    if (this.#isDraining) checks.draining = "draining";
    const isReady = Object.values(checks).every((result) => result === "ok");
    return json(isReady ? 200 : 503, { status: isReady ? "ok" : "unavailable", checks });
  }
}

/** The same checks as a metric, so that alerts see what `/readyz` says. */
function countPassing(registry: Registry, checks: Readonly<Record<string, HealthCheck>>): void {
  new Gauge({
    name: "moim_check_passes",
    help: "Whether a part that the service needs answers it, by check",
    labelNames: ["check"],
    registers: [registry],
    async collect() {
      const outcomes = Object.entries(checks).map(async ([check, run]) => {
        this.set({ check }, (await outcomeOf(run, CHECK_TIMEOUT_MS)) === "ok" ? 1 : 0);
      });
      await Promise.all(outcomes);
    },
  });
}

export function createRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

async function outcomeOf(check: HealthCheck, timeoutMs: number): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`no answer within ${timeoutMs} ms`), timeoutMs);
  });
  try {
    const outcome = Promise.resolve()
      .then(check)
      .then(() => "ok");
    return await Promise.race([outcome, timeout]);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    clearTimeout(timer);
  }
}

function json(status: number, body: unknown): OperationalAnswer {
  return { status, contentType: "application/json; charset=utf-8", body: JSON.stringify(body) };
}
