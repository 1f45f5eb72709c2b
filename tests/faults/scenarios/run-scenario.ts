import type { Scene, Strike } from "../faults/fault.ts";
import type { World } from "../faults/world.ts";
import { check } from "../history/check.ts";
import { findLost } from "../history/check-stored.ts";
import { findWrongViews } from "../history/check-views.ts";
import type { History, Violation } from "../history/history.ts";
import { Recorder } from "../history/recorder.ts";
import { Load } from "../workload/load.ts";
import { viewOf } from "../workload/screen.ts";
import { ask, readRooms } from "../workload/truth.ts";
import { Cast, type Gathering } from "./cast.ts";
import { hollowOf } from "./hollow.ts";
import type { Pool } from "./pool.ts";
import { randomOfSeed } from "./random-of.ts";
import type { Rendezvous } from "./rendezvous.ts";
import { runSchedule } from "./run-schedule.ts";
import { ALLOWANCES, type Scenario } from "./scenario.ts";

const PAUSE_MS = 150;
const BURST = 8;
/** Everybody has everything by then, or never will. */
const SETTLE_MS = 25_000;
const LOOK_EVERY_MS = 150;
/** A browser says that its network, or its user, is back. Before, clients must find out by themselves. */
const HINT_AFTER_MS = 10_000;
/** Until a fault has taken hold. */
const BROKEN_MS = 700;
/** For what comes although it should not. */
const LINGER_MS = 400;

export type Outcome = {
  scenario: string;
  seed: number;
  schedule: readonly Strike[];
  history: History;
  violations: readonly Violation[];
  /** What kept the scenario from being a test at all, and answers that nothing explains. */
  failures: readonly string[];
  settledMs: number;
  tookMs: number;
};

export type Run = {
  world: World;
  pool: Pool;
  scenario: Scenario;
  seed: number;
  /** Absent: the scenario's own. */
  schedule?: readonly Strike[];
  /** Nothing is broken before the people of all those are there that run at once. */
  begin?: Rendezvous;
};

/** People talk while faults strike; when both are over and all has come to rest, the history is judged. */
export async function runScenario({ world, pool, scenario, seed, ...run }: Run): Promise<Outcome> {
  const begunAt = Date.now();
  const randomOf = randomOfSeed(seed);
  const schedule = run.schedule ?? scenario.schedule(randomOf("schedule"));
  const recorder = new Recorder();
  const mend = sabotage(world, scenario.control?.failPoints ?? []);
  const gathering = gathered({ world, pool, scenario, recorder, randomOf }, run.begin);
  const cast = await gathering.catch((error: unknown) => {
    mend();
    throw error;
  });
  try {
    const { failures } = await talkThroughIt(cast, recorder, world, {
      scenario,
      schedule,
      randomOf,
    });
    const settledMs = await settle(cast, recorder, world, scenario.settleMs ?? SETTLE_MS);
    await wait(LINGER_MS);
    const { tamper } = scenario.control ?? {};
    const [roomId] = cast.roomIds;
    if (tamper && roomId) await ask(world.cluster.postgresUrl, (client) => tamper(client, roomId));
    const history = await historyOf(cast, recorder, world);
    const isWhole = !scenario.control && !scenario.silence;
    if (isWhole)
      failures.push(...hollowOf(history, scenario.isCrowded ? undefined : cast.guest.userId));
    const violations = check(history, { ...ALLOWANCES, ...scenario.allowances });
    const tookMs = Date.now() - begunAt;
    return {
      ...{ scenario: scenario.name, seed, schedule, history, violations },
      ...{ failures, settledMs, tookMs },
    };
  } finally {
    mend();
    await cast.leave();
  }
}

async function gathered(gathering: Gathering, begin: Rendezvous | undefined): Promise<Cast> {
  try {
    return await Cast.gather(gathering);
  } finally {
    await begin?.arrive();
  }
}

type Plan = {
  scenario: Scenario;
  schedule: readonly Strike[];
  randomOf(name: string): () => number;
};

async function talkThroughIt(
  cast: Cast,
  recorder: Recorder,
  world: World,
  { scenario, schedule, randomOf }: Plan,
): Promise<{ failures: string[] }> {
  const { pauseMs = PAUSE_MS, burst = BURST, padding = 0 } = scenario;
  const { talkers, guest, reader, roomIds } = cast;
  const load = new Load({ talkers, guest, roomIds, randomOf, pauseMs, burst, padding });
  const say = (what: string) => recorder.note({ kind: "fault", at: Date.now(), what });
  const struck: Scene["struck"] = (at, fault, nodeId) =>
    recorder.note({ kind: "struck", at, until: Date.now(), fault, nodeId });
  const scene: Scene = { world, talkers, reader, roomIds, wait, say, struck };
  load.start();
  const broken = scenario.silence ? undefined : runSchedule(scene, schedule);
  await Promise.all([broken, cast.openLate(scenario.loadMs, wait), wait(scenario.loadMs)]);
  await load.stop();
  for (const listener of cast.listeners) listener.hush();
  const { failures } = await (broken ?? silence(cast, scene, scenario, schedule));
  // Nothing follows it that would tell whoever missed it.
  if (!scenario.silence) await sayTheLastWord(cast);
  return { failures: [...failures, ...load.unexpected] };
}

async function sayTheLastWord({ talkers, roomIds }: Cast): Promise<void> {
  for (const roomId of roomIds) await talkers[0]?.write(roomId, "the last word");
}

/** One word, and nothing else for long. */
async function silence(
  cast: Cast,
  scene: Scene,
  { silence: how }: Scenario,
  schedule: readonly Strike[],
): Promise<{ failures: string[] }> {
  const broken = runSchedule(scene, schedule);
  const mend = sabotage(scene.world, how?.failPoints ?? []);
  await wait(BROKEN_MS);
  await sayTheLastWord(cast);
  await wait(how?.lastsMs ?? 0);
  mend();
  scene.say("the silence is over");
  return broken;
}

/** Breaks every node on purpose; resolves to what mends them. */
function sabotage(world: World, failPoints: readonly string[]): () => void {
  const nodes = world.cluster.nodes.map(({ name }) => name);
  const each = (act: World["arm"]) => {
    for (const node of nodes) for (const failPoint of failPoints) act(node, failPoint);
  };
  each(world.arm);
  return () => each(world.disarm);
}

/** Resolves, to how long it took, once every screen is its room, or nobody waits for it any longer. */
async function settle(
  cast: Cast,
  recorder: Recorder,
  world: World,
  withinMs: number,
): Promise<number> {
  const begunAt = Date.now();
  let isHinted = false;
  for (;;) {
    const history = await historyOf(cast, recorder, world);
    const waitedMs = Date.now() - begunAt;
    const isSettled = findLost(history).length + findWrongViews(history).length === 0;
    if (isSettled || waitedMs > withinMs) return waitedMs;
    if (waitedMs > HINT_AFTER_MS && !isHinted) {
      isHinted = true;
      for (const talker of cast.everybody) talker.hint("visible");
    }
    await wait(LOOK_EVERY_MS);
  }
}

async function historyOf(cast: Cast, recorder: Recorder, world: World): Promise<History> {
  const rooms = await readRooms(world.cluster.postgresUrl, cast.roomIds);
  const watching = cast.everybody.filter(({ isGone }) => !isGone);
  const views = watching.flatMap((talker) =>
    cast.roomIds.map((roomId) => viewOf(talker, roomId, talker.rooms.get(roomId))),
  );
  return { entries: recorder.entries, views, rooms };
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(ms, 0)));
}
