import { type ProcessUse, useOfTree } from "@moim/local";
import { metricOf } from "./metrics-page.ts";

export type ProcessKind = "chat" | "auth" | "postgres" | "redis" | "proxy";

export type Reading = ProcessUse & {
  /** Of chat nodes. */
  connections?: number | undefined;
  deliveries?: number | undefined;
  commits?: number | undefined;
  commitSeconds?: number | undefined;
  /** Sockets closed because their reader was too slow. */
  slowConsumers?: number | undefined;
};

export type ObservedProcess = {
  name: string;
  kind: ProcessKind;
  /** Undefined while it does not answer. */
  read(): Promise<Reading | undefined>;
};

const TIMEOUT_MS = 900;

/** One of our services, by its own word. */
export function observeService(
  name: string,
  kind: "chat" | "auth",
  metricsUrl: string,
): ObservedProcess {
  return {
    name,
    kind,
    async read() {
      const page = await fetch(metricsUrl, { signal: AbortSignal.timeout(TIMEOUT_MS) })
        .then((response) => response.text())
        .catch(() => undefined);
      if (page === undefined) return undefined;
      return {
        cpuSeconds: metricOf(page, "process_cpu_seconds_total") ?? 0,
        memoryBytes: metricOf(page, "process_resident_memory_bytes") ?? 0,
        connections: metricOf(page, "moim_connections"),
        deliveries: metricOf(page, "moim_deliveries_total"),
        commits: metricOf(page, "moim_commit_seconds_count"),
        commitSeconds: metricOf(page, "moim_commit_seconds_sum"),
        slowConsumers: metricOf(page, 'moim_closed_total{code="slow_consumer"}'),
      };
    },
  };
}

/** A program without such a page, by what the system says of it and its children. */
export function observePid(name: string, kind: ProcessKind, pidOf: () => number): ObservedProcess {
  return { name, kind, read: async () => useOfTree(pidOf()) };
}
