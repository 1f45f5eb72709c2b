import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { RunningService } from "@moim/local";

const MIB = 1024 * 1024;

type Sample = { inputs: number; heapMib: number; rssMib: number };

export type Growth = { name: string; heapMib: number; rssMib: number; heapMibPerThousand: number };

/** Services that are started with this collect their garbage on SIGUSR2, so that what is left is held. */
export const COLLECTING = {
  NODE_OPTIONS: `--require ${fileURLToPath(new URL("./collect-on-signal.cjs", import.meta.url))}`,
};
const COLLECTING_MS = 80;

/** How much memory services hold over a run, by what they say themselves and what the system says. */
export class Memory {
  readonly #services: readonly RunningService[];
  readonly #samples = new Map<string, Sample[]>();
  #inputs = 0;

  constructor(services: readonly RunningService[]) {
    this.#services = services;
  }

  /** `inputs`: tried since the sample before. */
  async sample(inputs: number): Promise<void> {
    this.#inputs += inputs;
    for (const { name, port, pid } of this.#services) {
      process.kill(pid, "SIGUSR2");
      await new Promise((resolve) => setTimeout(resolve, COLLECTING_MS));
      const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      const heap = /^nodejs_heap_size_used_bytes (\S+)$/m.exec(metrics)?.[1];
      const rss = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
      const sample = {
        inputs: this.#inputs,
        heapMib: Number(heap) / MIB,
        rssMib: Number(rss) / 1024,
      };
      this.#samples.set(name, [...(this.#samples.get(name) ?? []), sample]);
    }
  }

  /**
   * From the second quarter of the run to the last: the first warms up. By the least of each.
   */
  growth(): Growth[] {
    return [...this.#samples].map(([name, samples]) => {
      const quarter = Math.max(1, Math.floor(samples.length / 4));
      const [early, late] = [samples.slice(quarter, 2 * quarter), samples.slice(-quarter)];
      const grown = (of: "heapMib" | "rssMib") => least(late, of) - least(early, of);
      const inputs = (late.at(0)?.inputs ?? 0) - (early.at(0)?.inputs ?? 0);
      const heapMib = grown("heapMib");
      const heapMibPerThousand = inputs > 0 ? (heapMib / inputs) * 1_000 : 0;
      return { name, heapMib, rssMib: grown("rssMib"), heapMibPerThousand };
    });
  }
}

function least(samples: readonly Sample[], of: "heapMib" | "rssMib"): number {
  return Math.min(...samples.map((sample) => sample[of]));
}
