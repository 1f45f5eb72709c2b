import { startCluster } from "../cluster/start-cluster.ts";
import { StartFailure } from "../process/start-failure.ts";
import { stopSignal } from "../process/stop-signal.ts";
import { say } from "../terminal.ts";

const USAGE = "usage: pnpm cluster --nodes 3 [--port 8081]";
const NODES = 3;
const NODES_MAX = 20;

/** `pnpm cluster --nodes N`: N chat nodes behind Nginx, with data that is thrown away. */
export async function run(parameters: readonly string[]): Promise<number> {
  const { nodes, port } = readOptions(parameters);
  const stopping = stopSignal();
  say(`Moim with ${nodes} chat nodes behind Nginx`);
  const cluster = await startCluster({
    nodes,
    ...(port === undefined ? {} : { port }),
    signal: stopping,
  }).catch((error: unknown) => {
    if (stopping.aborted) return undefined;
    throw error;
  });
  if (cluster === undefined) return 0;
  say("");
  say(`  ${cluster.url}`);
  say("");
  for (const node of cluster.nodes) say(`  ${node.name}   port ${node.port}   pid ${node.pid}`);
  say(`  auth     port ${cluster.auth.port}   pid ${cluster.auth.pid}`);
  say(`  DATABASE_URL=${cluster.postgresUrl}`);
  say(`  REDIS_URL=${cluster.redisUrl}`);
  say(`  logs in ${cluster.logFolder}`);
  say("");
  say("Ctrl-C stops everything and throws its data away.");
  if (!stopping.aborted) {
    await new Promise((resolve) => stopping.addEventListener("abort", resolve));
  }
  say("Stopping …");
  await cluster.stop();
  return 0;
}

function readOptions(parameters: readonly string[]): { nodes: number; port: number | undefined } {
  let nodes = NODES;
  let port: number | undefined;
  const rest = parameters.filter((parameter) => parameter !== "--");
  for (let index = 0; index < rest.length; index += 2) {
    const value = Number(rest[index + 1]);
    if (rest[index] === "--nodes" && isBetween(value, 1, NODES_MAX)) nodes = value;
    else if (rest[index] === "--port" && isBetween(value, 1, 65_535)) port = value;
    else throw new StartFailure(USAGE);
  }
  return { nodes, port };
}

function isBetween(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max;
}
