const PATIENCE_MS = 60_000;
const AGAIN_AFTER_MS = 500;

export type Target = { readonly job: string; readonly health: string; readonly lastError: string };
export type Firing = { readonly alert: string; readonly labels: Readonly<Record<string, string>> };

/** A Prometheus that runs, asked over HTTP. */
export class Prometheus {
  readonly #url: string;

  constructor(port: number) {
    this.#url = `http://127.0.0.1:${port}/api/v1`;
  }

  async targets(): Promise<Target[]> {
    const { activeTargets } = await this.#ask("targets?state=active");
    return activeTargets.map(
      (target: { labels: { job: string }; health: string; lastError: string }) => ({
        job: target.labels.job,
        health: target.health,
        lastError: target.lastError,
      }),
    );
  }

  /** Of every metric that it has a sample of. */
  names(): Promise<string[]> {
    return this.#ask("label/__name__/values");
  }

  /** The values that an expression has now; those that are no number left out. */
  async values(expression: string): Promise<number[]> {
    const { result } = await this.#ask(`query?query=${encodeURIComponent(expression)}`);
    const values = result.map(({ value }: { value: [number, string] }) => Number(value[1]));
    return values.filter((value: number) => Number.isFinite(value));
  }

  async firing(): Promise<Firing[]> {
    const { alerts } = await this.#ask("alerts");
    return alerts
      .filter(({ state }: { state: string }) => state === "firing")
      .map(({ labels }: { labels: Record<string, string> }) => ({
        alert: labels.alertname,
        labels,
      }));
  }

  async #ask(path: string) {
    const answer = await fetch(`${this.#url}/${path}`);
    const { status, data, error } = await answer.json();
    if (status !== "success") throw new Error(`${path}: ${error}`);
    return data;
  }
}

/** Asks again and again; rejects with what it saw last. */
export async function eventually<Seen>(
  look: () => Promise<Seen>,
  fits: (seen: Seen) => boolean,
  patienceMs = PATIENCE_MS,
): Promise<Seen> {
  const until = Date.now() + patienceMs;
  for (;;) {
    const seen = await look();
    if (fits(seen)) return seen;
    if (Date.now() > until) throw new Error(`never came: ${JSON.stringify(seen).slice(0, 2_000)}`);
    await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER_MS));
  }
}
