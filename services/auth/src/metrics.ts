import { Counter, Gauge, Histogram, type Registry } from "prom-client";

export type Metrics = ReturnType<typeof createMetrics>;

export function createMetrics(registry: Registry) {
  const registers = [registry];
  const metrics = {
    signUps: new Counter({ name: "moim_auth_sign_ups_total", help: "Accounts made", registers }),
    deletions: new Counter({
      name: "moim_auth_account_deletions_total",
      help: "Accounts deleted by their owners",
      registers,
    }),
    signIns: new Counter({
      name: "moim_auth_sign_ins_total",
      help: "Sign-ins by outcome (succeeded, refused)",
      labelNames: ["outcome"] as const,
      registers,
    }),
    refreshes: new Counter({
      name: "moim_auth_refreshes_total",
      help: "Refreshes by outcome (rotated, repeated within the grace, reused, expired, revoked, unknown)",
      labelNames: ["outcome"] as const,
      registers,
    }),
    revocations: new Counter({
      name: "moim_auth_revocations_total",
      help: "Sessions ended",
      registers,
    }),
    mails: new Counter({
      name: "moim_auth_mails_total",
      help: "Attempts to deliver a mail by outcome (delivered, postponed, refused, expired)",
      labelNames: ["outcome"] as const,
      registers,
    }),
    /** `read` is called at every scrape; when it rejects nobody knows the number. */
    observeMailsWaiting(read: () => Promise<number>) {
      return new Gauge({
        name: "moim_auth_mails_waiting",
        help: "Mails in the outbox, of all processes",
        registers,
        async collect() {
          this.set(await read().catch(() => Number.NaN));
        },
      });
    },
    /** `read` is called at every scrape. */
    observeHashQueue(read: () => number) {
      return new Gauge({
        name: "moim_auth_password_hashes_waiting",
        help: "Password hashes that wait for their turn",
        registers,
        collect() {
          this.set(read());
        },
      });
    },
    requestSeconds: new Histogram({
      name: "moim_auth_http_request_duration_seconds",
      help: "Time to answer, by route and status",
      labelNames: ["method", "route", "status"] as const,
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    }),
  };
  // A series that appears with its first event is not seen to grow by it: what alerts count is there from the start.
  metrics.refreshes.inc({ outcome: "reused" }, 0);
  metrics.signIns.inc({ outcome: "refused" }, 0);
  return metrics;
}
