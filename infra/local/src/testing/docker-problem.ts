import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CHECKOUT } from "../checkout.ts";
import { runToEnd } from "../process/run-to-end.ts";

const PULL_TIMEOUT_MS = 180_000;

/** Why the docker compose tests cannot be run here, in one line; `undefined` when they can. */
export async function dockerProblem(): Promise<string | undefined> {
  if (!(await succeeds(["--version"]))) return "there is no docker command";
  if (!(await succeeds(["info"]))) return "no docker engine answers";
  if (!(await succeeds(["compose", "version"]))) return "docker has no compose (version 2)";
  for (const image of neededImages()) {
    if (await succeeds(["image", "inspect", image])) continue;
    if (await succeeds(["pull", "--quiet", image])) continue;
    return `the image ${image} is not here and cannot be pulled`;
  }
  return undefined;
}

/** What is not built here: the base images, and the services of no profile that have no build. */
function neededImages(): string[] {
  const compose = readFileSync(join(CHECKOUT, "docker-compose.yml"), "utf8");
  const dockerfile = readFileSync(join(CHECKOUT, "infra/docker/moim.Dockerfile"), "utf8");
  const named = [
    ...compose.matchAll(/^ {4}image: ((?:postgres|redis):\S+)$/gm),
    ...dockerfile.matchAll(/^FROM (\S+) AS/gm),
  ];
  return [...new Set(named.flatMap(([, image]) => image ?? []))];
}

async function succeeds(parameters: readonly string[]): Promise<boolean> {
  const signal = AbortSignal.timeout(PULL_TIMEOUT_MS);
  const ended = await runToEnd("docker", parameters, {
    directory: "/",
    output: "keep",
    signal,
  }).catch(() => undefined);
  return ended?.succeeded ?? false;
}
