import { setTimeout as wait } from "node:timers/promises";
import { planCrowd, planOverlappingRooms } from "../crowd-plan.ts";
import { Generator } from "../generator/generator.ts";
import type { SocketPlan } from "../generator/tasks.ts";
import { startMoim } from "../servers/moim.ts";
import { startRelay } from "../servers/relay.ts";
import type { Server } from "../servers/server.ts";
import {
  alternate,
  type Case,
  measuredOnce,
  median,
  type Outcome,
  type Settings,
  withServers,
} from "./case.ts";

const SOCKETS = 5_000;
const ROOMS_EACH = 10;
const ROOM_SIZE = 20;
/** Handshakes that each of the two processes has under way: a storm, not a queue. */
const AT_ONCE = 500;
const OTHERS = { rooms: 10, members: 2, senders: 2 };
const OTHERS_PER_SECOND = 100;
const PAUSE_MS = 1_000;

type Storm = { readyMs: number; slowestSendMs: number };
type Runs = [relay: Storm[], moim: Storm[]];

async function measure({ rounds, scale }: Settings): Promise<Runs> {
  return withServers([await startRelay(), await startMoim(1)], async (relay, moim) => {
    const count = Math.round(SOCKETS * scale);
    const plan = (server: Server) => planOverlappingRooms(server, count, ROOMS_EACH, ROOM_SIZE);
    const plans = [await plan(relay), await plan(moim)] as const;
    const others = [await planCrowd(relay, OTHERS), await planCrowd(moim, OTHERS)] as const;
    return alternate(
      rounds,
      () => storm(plans[0], others[0]),
      () => storm(plans[1], others[1]),
    );
  });
}

/** Everybody comes at once while some others, who are there already, talk. */
async function storm(plans: readonly SocketPlan[], others: readonly SocketPlan[]): Promise<Storm> {
  const talking = new Generator(1);
  const coming = new Generator(2);
  try {
    await talking.connect(others);
    await talking.pace(OTHERS_PER_SECOND);
    await wait(PAUSE_MS);
    await talking.mark();
    const readyMs = await coming.connect(plans, AT_ONCE);
    await talking.stop();
    const slowestSendMs = (await talking.read()).answers.percentileMs(100);
    return { readyMs, slowestSendMs };
  } finally {
    await coming.end();
    await talking.end();
    await wait(PAUSE_MS);
  }
}

const storms = measuredOnce(measure);

const seconds = (ms: number) => `${(ms / 1_000).toFixed(2)} s`;

function outcomeOf([relay, moim]: Runs, key: keyof Storm, divide: boolean): Outcome {
  const [relayMs, moimMs] = [relay, moim].map((runs) => median(runs.map((run) => run[key])));
  const ratio = divide ? (moimMs ?? Number.NaN) / (relayMs ?? 1) : (moimMs ?? Number.NaN) / 1_000;
  return {
    moim: seconds(moimMs ?? Number.NaN),
    relay: seconds(relayMs ?? Number.NaN),
    ratio,
    readings: { relay, moim },
  };
}

export const connectStorm: Case = {
  name: "connect-storm",
  title: "5,000 sockets with 10 rooms each come at once: time until all are ready",
  sense: "at most",
  goal: 2,
  measure: async (settings) => outcomeOf(await storms(settings), "readyMs", true),
};

export const sendsInStorm: Case = {
  name: "sends-in-storm",
  title: "slowest send of others meanwhile, in seconds",
  sense: "at most",
  goal: 1,
  measure: async (settings) => outcomeOf(await storms(settings), "slowestSendMs", false),
};
