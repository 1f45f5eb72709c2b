import type { RunOptions } from "../arguments/parse-arguments.ts";
import { givenSite } from "./given-site.ts";
import { startOwnCluster } from "./own-cluster.ts";
import type { Site } from "./site.ts";

/** The site that the command line names, or a cluster of our own. */
export function openSite(options: RunOptions, signal: AbortSignal | undefined): Promise<Site> {
  if (options.url !== undefined) return givenSite(options.url, options);
  return startOwnCluster({ ...options, signal });
}
