import { clientEvents } from "@moim/protocol";
import { Counter, Gauge, Histogram, type Registry } from "prom-client";

const SECONDS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Everything that a chat node counts. Names are stable: dashboards and alerts read them. */
export function createMetrics(registry: Registry) {
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[] = []) =>
    new Counter({ name, help, labelNames, registers });
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers });
  const metrics = {
    connections: gauge("moim_connections", "Sockets connected"),
    queueLength: gauge("moim_commit_queue_length", "Sends waiting for the next commit"),
    sendsWaiting: gauge("moim_rate_queue_length", "Sends waiting for their user's shared rate"),
    eventsUnderWay: gauge("moim_events_under_way", "Client events accepted and not answered yet"),
    backlogBytes: gauge("moim_backlog_bytes", "Bytes that wait for their sockets' readers"),
    backlogBytesLargest: gauge("moim_backlog_bytes_largest", "Of these, for the slowest socket"),
    backlogPackets: gauge("moim_backlog_packets", "Packets that wait for their sockets' readers"),
    events: counter("moim_events_total", "Client events by outcome", ["event", "outcome"]),
    refused: counter("moim_handshakes_refused_total", "Handshakes refused by code", ["code"]),
    messages: counter("moim_messages_total", "Messages stored"),
    duplicates: counter("moim_duplicates_total", "Repeated sends answered from storage"),
    deliveries: counter("moim_deliveries_total", "Changes written to sockets"),
    heads: counter("moim_heads_total", "room:head sent for lost announcements"),
    resyncs: counter("moim_resyncs_total", "resync sent to sockets"),
    gapsHealed: counter(
      "moim_gaps_healed_total",
      "Rooms of which room:sync brought missed changes",
    ),
    publishFailures: counter(
      "moim_publish_failures_total",
      "Announcements that Redis did not take",
    ),
    presenceAnnouncements: counter(
      "moim_presence_announcements_total",
      "Announcements of presence, to and from other nodes",
      ["direction"],
    ),
    presenceOnline: gauge("moim_presence_users_online", "Users known to be online, on any node"),
    presenceWatchers: gauge("moim_presence_watchers", "Sockets of this node that watch somebody"),
    expiries: counter("moim_token_expiries_total", "Sockets cut off at their token's expiry"),
    revocations: counter("moim_revocations_total", "Sessions learned to be revoked"),
    revocationSeconds: new Histogram({
      name: "moim_revocation_seconds",
      help: "From a session's end to the closing of its sockets on this node",
      buckets: SECONDS,
      registers,
    }),
    closed: counter("moim_closed_total", "Sockets closed on purpose, by code", ["code"]),
    commitSize: new Histogram({
      name: "moim_commit_size",
      help: "Sends in one commit",
      buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500],
      registers,
    }),
    commitSeconds: new Histogram({
      name: "moim_commit_seconds",
      help: "Duration of one group commit",
      buckets: SECONDS,
      registers,
    }),
    deliveryLagSeconds: new Histogram({
      name: "moim_delivery_lag_seconds",
      help:
        "From the answer to a commit, by its node's clock, to the write to this node's sockets; " +
        "from=other contains the difference between two machines' clocks",
      labelNames: ["from"],
      buckets: SECONDS,
      registers,
    }),
  };
  beginAtZero(metrics);
  return metrics;
}

/** A series that appears with its first event is not seen to grow by it: what alerts count is there from the start. */
function beginAtZero({ events, closed }: Pick<Metrics, "events" | "closed">): void {
  for (const event of [...Object.keys(clientEvents), "unknown"]) {
    for (const outcome of ["internal", "unavailable"]) events.inc({ event, outcome }, 0);
  }
  closed.inc({ code: "slow_consumer" }, 0);
}

export type Metrics = ReturnType<typeof createMetrics>;
