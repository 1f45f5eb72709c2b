/** Where a Redis Cluster is found, and as whom. Any of its nodes tells of the others. */
export type ClusterAddress = {
  nodes: readonly { host: string; port: number }[];
  username: string | undefined;
  password: string | undefined;
  isTls: boolean;
};

const CLUSTER_URL = /^(rediss?)\+cluster:\/\/(?:([^@/]*)@)?([^@/?#]+)\/?$/;
const DEFAULT_PORT = 6379;

/**
 * Reads `redis+cluster://[user:password@]host:port,host:port…`, with `rediss` for TLS. Undefined for
 * anything else: a cluster has no numbered databases, hence no path.
 */
export function parseClusterUrl(url: string): ClusterAddress | undefined {
  const [, scheme, credentials = "", list] = CLUSTER_URL.exec(url) ?? [];
  if (scheme === undefined || list === undefined) return undefined;
  const nodes = list.split(",").map(parseNode);
  if (!nodes.every((node) => node !== undefined)) return undefined;
  const colon = credentials.indexOf(":");
  const [username, password] =
    colon < 0 ? [credentials, ""] : [credentials.slice(0, colon), credentials.slice(colon + 1)];
  try {
    return {
      nodes,
      username: decodeURIComponent(username) || undefined,
      password: decodeURIComponent(password) || undefined,
      isTls: scheme === "rediss",
    };
  } catch {
    return undefined; // A percent sign that begins no escape.
  }
}

function parseNode(text: string): { host: string; port: number } | undefined {
  try {
    const { hostname, port, pathname, host } = new URL(`redis://${text.trim()}`);
    if (host === "" || pathname !== "") return undefined;
    return { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || DEFAULT_PORT) };
  } catch {
    return undefined;
  }
}
