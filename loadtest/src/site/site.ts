import type { MintedUser } from "../clients/load-client.ts";
import type { ObservedProcess } from "../measure/observed-process.ts";

/** What may be done to a cluster of one's own. Each resolves when the cluster is whole again. */
export interface FaultControls {
  killNode(): Promise<void>;
  restartRedis(): Promise<void>;
  rollingRestart(): Promise<void>;
}

/** A running Moim, with users in it. */
export interface Site {
  /** Of the API, and of sockets by the proxy. */
  readonly url: string;
  /** Where sockets connect to, in turn. */
  readonly socketUrls: readonly string[];
  /** Where tokens are renewed. */
  readonly authUrl: string;
  readonly users: readonly MintedUser[];
  /** The same people in sessions of their own, to ask with; absent: there is one session each. */
  readonly askers: (() => Promise<readonly MintedUser[]>) | undefined;
  readonly processes: () => readonly ObservedProcess[];
  readonly faults: FaultControls | undefined;
  /** Of Postgres, Redis and Nginx, by name; empty where they are not ours to ask. */
  readonly versions: Readonly<Record<string, string>>;
  /** In words, for the report. */
  readonly description: string;
  stop(): Promise<void>;
}
