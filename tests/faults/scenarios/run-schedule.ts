import { FAULTS } from "../faults/all.ts";
import { type Fault, NotStruck, type Scene, type Strike } from "../faults/fault.ts";

export type Struck = { failures: string[]; missed: string[] };

type InHand = Map<string, Promise<unknown>>;

/** Of the servers: what no two faults, of whatever scenario, have in hand at once. */
const serversInHand: InHand = new Map();
/** Each scenario's own: people and their networks. */
const OWN: ReadonlySet<string> = new Set(["networks", "storm", "people"]);

/** Strikes as planned. Resolves, when all is whole again, to what could not be done, and what struck nobody. */
export async function runSchedule(
  scene: Scene,
  schedule: readonly Strike[],
  mayMiss: boolean,
): Promise<Struck> {
  const failures: string[] = [];
  const missed: string[] = [];
  const begunAt = Date.now();
  const ownInHand: InHand = new Map();
  await Promise.all(
    schedule.map(async (strike) => {
      const fault = FAULTS.get(strike.fault);
      if (!fault) throw new Error(`no fault is called ${strike.fault}`);
      await scene.wait(strike.atMs - (Date.now() - begunAt));
      const resource = fault.resourceOf(strike);
      const inHand = OWN.has(resource) ? ownInHand : serversInHand;
      await exclusively(inHand, resource, () => struck(scene, fault, strike)).catch(
        (error: unknown) => {
          scene.say(`${strike.fault} could not be done: ${String(error)}`);
          if (error instanceof NotStruck) missed.push(error.message);
          else failures.push(`${strike.fault} could not be done: ${String(error)}`);
        },
      );
    }),
  );
  // Where none at all has struck, the scenario would only look like a test.
  const isVoid = missed.length > 0 && (!mayMiss || missed.length === schedule.length);
  return {
    missed,
    failures: isVoid ? [...failures, `struck nobody: ${missed.join(", ")}`] : failures,
  };
}

async function struck(scene: Scene, fault: Fault, strike: Strike): Promise<void> {
  const nodeId = fault.nodeIdOf?.(scene, strike);
  const from = Date.now();
  await fault.strike(scene, strike);
  scene.struck(from, fault.name, nodeId);
}

async function exclusively(
  inHand: InHand,
  resource: string,
  work: () => Promise<void>,
): Promise<void> {
  // A rolling restart has all nodes in hand, one after the other.
  const resources = resource === "nodes" ? ["node 0", "node 1", "node 2"] : [resource];
  const before = resources.map((name) => inHand.get(name));
  const running = Promise.all(before).then(work);
  const settled = running.catch(() => {});
  for (const name of resources) inHand.set(name, settled);
  await running;
}
