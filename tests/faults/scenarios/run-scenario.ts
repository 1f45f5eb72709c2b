import type { Scene, Strike } from "../faults/fault.ts";
import type { World } from "../faults/world.ts";
import { check } from "../history/check.ts";
import { isSomethingUnheard } from "../history/check-heard.ts";
import { findWrongLists } from "../history/check-lists.ts";
import { findWrongRoles } from "../history/check-owners.ts";
import { findLost } from "../history/check-stored.ts";
import { findWrongViews } from "../history/check-views.ts";
import { entriesOf } from "../history/entries.ts";
import type { Allowances, History, Violation } from "../history/history.ts";
import { Recorder } from "../history/recorder.ts";
import { Load } from "../workload/load.ts";
import { listingOf, peopleOf, viewOf } from "../workload/screen.ts";
import { ask, readListings, readRooms } from "../workload/truth.ts";
import { Cast, type Gathering } from "./cast.ts";
import { hollowOf, unservedOf } from "./hollow.ts";
import type { Pool } from "./pool.ts";
import { randomOfSeed } from "./random-of.ts";
import type { Rendezvous } from "./rendezvous.ts";
import { runSchedule, type Struck } from "./run-schedule.ts";
import { ALLOWANCES, type Scenario } from "./scenario.ts";

const PAUSE_MS = 150;
const BURST = 8;
/** Everybody has everything by then, or never will. */
const SETTLE_MS = 25_000;
const LOOK_EVERY_MS = 150;
/** In, and out again: otherwise nothing shows who may not hear any more. */
const GUEST_MOVES_MIN = 2;
const MOVED_WITHIN_MS = 10_000;
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
  /** Strikes that found nobody there. */
  missed: readonly string[];
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
    const { failures, missed } = await talkThroughIt(cast, recorder, world, {
      scenario,
      schedule,
      randomOf,
    });
    const settledMs = await settle(cast, recorder, world, scenario.settleMs ?? SETTLE_MS);
    await wait(LINGER_MS);
    const isWhole = !scenario.control && !scenario.silence;
    const allowances = { ...ALLOWANCES, ...scenario.allowances };
    if (isWhole) await untilHeard(cast, recorder, world, allowances);
    const { tamper } = scenario.control ?? {};
    const [roomId] = cast.roomIds;
    if (tamper && roomId) await ask(world.cluster.postgresUrl, (client) => tamper(client, roomId));
    const history = await historyOf(cast, recorder, world);
    if (isWhole) {
      const guestId = scenario.isCrowded ? undefined : cast.guest.userId;
      failures.push(...hollowOf(history, guestId), ...unservedOf(history, allowances));
    }
    const violations = check(history, allowances);
    const tookMs = Date.now() - begunAt;
    return {
      ...{ scenario: scenario.name, seed, schedule, history, violations },
      ...{ failures, missed, settledMs, tookMs },
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
): Promise<Struck> {
  const { pauseMs = PAUSE_MS, burst = BURST, padding = 0 } = scenario;
  const { talkers, guest, reader, roomIds, handedOn } = cast;
  const people = { talkers, guest, roomIds, handedOn };
  const load = new Load({ ...people, randomOf, pauseMs, burst, padding });
  const say = (what: string) => recorder.note({ kind: "fault", at: Date.now(), what });
  const struck: Scene["struck"] = (at, fault, nodeId) =>
    recorder.note({ kind: "struck", at, until: Date.now(), fault, nodeId });
  const keyIds: Scene["keyIds"] = () =>
    new Set(entriesOf(recorder.entries, "token").map(({ keyId = "" }) => keyId));
  const scene: Scene = { world, talkers, reader, roomIds, keyIds, wait, say, struck };
  load.start();
  const { mayMiss = false } = scenario;
  const broken = scenario.silence ? undefined : runSchedule(scene, schedule, mayMiss);
  await Promise.all([broken, cast.openLate(scenario.loadMs, wait), wait(scenario.loadMs)]);
  // After an outage everything may take a while to go on.
  const isMoved = () => scenario.isCrowded || load.guestMoves >= GUEST_MOVES_MIN;
  for (let waitedMs = 0; !isMoved() && waitedMs < MOVED_WITHIN_MS; waitedMs += LOOK_EVERY_MS) {
    await wait(LOOK_EVERY_MS);
  }
  await load.stop();
  for (const listener of cast.listeners) listener.hush();
  const { failures, missed } = await (broken ?? silence(cast, scene, scenario, schedule));
  // Nothing follows it that would tell whoever missed it.
  if (!scenario.silence) await sayTheLastWord(cast);
  return { failures: [...failures, ...load.unexpected], missed };
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
): Promise<Struck> {
  const broken = runSchedule(scene, schedule, false);
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
    const finds = [findLost, findWrongViews, findWrongLists, findWrongRoles];
    const wrong = finds.flatMap((find) => find(history));
    const isSettled = wrong.length === 0;
    if (isSettled || waitedMs > withinMs) return waitedMs;
    if (waitedMs > HINT_AFTER_MS && !isHinted) {
      isHinted = true;
      for (const talker of cast.everybody) talker.hint("visible");
    }
    await wait(LOOK_EVERY_MS);
  }
}

/** Whoever has not heard of everything yet has the time that is promised, and then it is late. */
async function untilHeard(
  cast: Cast,
  recorder: Recorder,
  world: World,
  allowances: Allowances,
): Promise<void> {
  const promisedMs = allowances.heardMs ?? allowances.healedMs ?? 0;
  const endsAt = Date.now() + promisedMs + LINGER_MS;
  let isPending = promisedMs > 0;
  while (isPending && Date.now() < endsAt) {
    await wait(LOOK_EVERY_MS);
    isPending = isSomethingUnheard(await historyOf(cast, recorder, world), allowances, Date.now());
  }
  recorder.note({ kind: "fault", at: Date.now(), what: "nobody waits any longer" });
}

async function historyOf(cast: Cast, recorder: Recorder, world: World): Promise<History> {
  const roomIds = [...cast.roomIds, cast.handedOn.roomId];
  const rooms = await readRooms(world.cluster.postgresUrl, roomIds);
  const watching = cast.everybody.filter(({ isGone }) => !isGone);
  const views = watching.flatMap((talker) =>
    roomIds.map((roomId) => viewOf(talker, roomId, talker.rooms.get(roomId))),
  );
  const people = watching.flatMap((talker) =>
    roomIds.flatMap((roomId) => peopleOf(talker, roomId)),
  );
  const listings = await readListings(world.cluster.postgresUrl, roomIds);
  const lists = watching.flatMap((talker) =>
    roomIds.map((roomId) => {
      const stored = listings.get(`${roomId} ${talker.userId}`);
      return { client: talker.client, roomId, shown: listingOf(talker, roomId), stored };
    }),
  );
  return { entries: recorder.entries, views, lists, people, rooms };
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(ms, 0)));
}
