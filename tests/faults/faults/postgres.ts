import { readFileSync } from "node:fs";
import { Client } from "pg";
import { childrenOf } from "./children-of.ts";
import { type Fault, NotStruck, pickOf, type Scene } from "./fault.ts";
import { SmallDisk } from "./small-disk.ts";
import { linesOf, untilDone, type World } from "./world.ts";

/** Backends of a killed server end by themselves, soon. */
const BACKENDS_END_MS = 300;
const STEP_MS = 100;

async function restartPostgres({ world, wait, say }: Scene): Promise<void> {
  await world.cluster.postgres.process.exited;
  await wait(BACKENDS_END_MS);
  await untilDone(() => world.cluster.restartPostgres());
  say("postgres runs again");
}

export const postgresKilled: Fault = {
  name: "postgres killed",
  resourceOf: () => "postgres",
  async strike(scene, { lastMs }) {
    scene.say("kill -9 postgres");
    scene.world.cluster.postgres.process.kill("SIGKILL");
    await scene.wait(lastMs);
    await restartPostgres(scene);
  },
};

export const postgresRestarted: Fault = {
  name: "postgres restarted",
  resourceOf: () => "postgres",
  async strike(scene, { lastMs }) {
    scene.say("postgres is told to end (fast)");
    scene.world.cluster.postgres.process.kill("SIGINT");
    await scene.wait(lastMs);
    await restartPostgres(scene);
  },
};

export const postgresPaused: Fault = {
  name: "postgres paused",
  resourceOf: () => "postgres",
  async strike({ world, wait, say }, { lastMs }) {
    const server = world.cluster.postgres.pid;
    const stopped = [server, ...childrenOf(server)];
    if (stopped.length === 1) throw new Error("the processes of postgres were not found");
    say("SIGSTOP postgres, all its processes");
    for (const pid of stopped) signal(pid, "SIGSTOP");
    await wait(lastMs);
    for (const pid of stopped) signal(pid, "SIGCONT");
    say("SIGCONT postgres");
  },
};

export const commitsCut: Fault = {
  name: "connection cut in mid-commit",
  resourceOf: () => "database lines",
  async strike({ world, wait, say }, { lastMs, pick }) {
    const node = pickOf(world.cluster.nodes, pick);
    const { database } = linesOf(world, node);
    let cuts = 0;
    let isDue = true;
    database.gatekeeper = (bytes) => {
      if (!isDue || !bytes.includes("COMMIT")) return "pass";
      isDue = false;
      cuts += 1;
      return "cut answer";
    };
    for (let waitedMs = 0; waitedMs < lastMs; waitedMs += STEP_MS) {
      await wait(STEP_MS);
      isDue = true;
    }
    database.gatekeeper = () => "pass";
    if (cuts === 0) throw new NotStruck(`${node.name} committed nothing`);
    say(
      `${cuts} commits of ${node.name} reached the database, and their answers did not come back`,
    );
  },
};

export const tooManyConnections: Fault = {
  name: "too many connections",
  resourceOf: () => "postgres",
  async strike({ world, wait, say }, { lastMs }) {
    const url = world.cluster.postgresUrl;
    const hoarded = await hoardConnections(url);
    const [first] = hoarded;
    if (!first) throw new Error("no connection was left to hoard");
    const ended = await first.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'moim-chat%'",
    );
    if (!ended.rowCount) throw new NotStruck("no node had a connection to lose");
    hoarded.push(...(await hoardConnections(url)));
    say(`${hoarded.length} connections are taken, ${ended.rowCount} of the nodes' were ended`);
    const before = saysTooMany(world);
    await wait(lastMs);
    const refused = saysTooMany(world) - before;
    await Promise.all(hoarded.map((client) => client.end()));
    say(`the connections are free again; ${refused} times there was none`);
    if (refused <= 0) throw new NotStruck("no node asked for a connection");
  },
};

export const walDiskFull: Fault = {
  name: "disk of the write-ahead log full",
  resourceOf: () => "postgres",
  async strike(scene, { lastMs }) {
    const { world, wait, say } = scene;
    const { smallDisk, cluster } = world;
    if (!(smallDisk instanceof SmallDisk)) throw new Error(smallDisk.problem);
    smallDisk.fill();
    say("the disk of the write-ahead log is full");
    const before = saysDiskFull(scene);
    await Promise.all([wait(lastMs), useUpWal(cluster.postgresUrl)]);
    smallDisk.free();
    say("there is room on it again");
    // It may be about to end, having found no room to recover in.
    await untilDone(async () => {
      if (cluster.postgres.process.exit() !== undefined) await restartPostgres(scene);
      await ask(cluster.postgresUrl, "select 1");
    });
    if (saysDiskFull(scene) <= before) throw new Error("the database never met the full disk");
  },
};

/** Segments that were there already are filled first. */
async function useUpWal(url: string): Promise<void> {
  for (let count = 0; count < 40; count += 1) {
    const isDone = await ask(
      url,
      "select pg_logical_emit_message(false, 'fault', repeat('x', 900000)), pg_switch_wal()",
    ).then(
      () => false,
      () => true,
    );
    if (isDone) return;
  }
}

function saysDiskFull({ world }: Scene): number {
  return saysOf(world, /No space left on device/);
}

function saysTooMany(world: World): number {
  return saysOf(world, /too many clients already|remaining connection slots are reserved/);
}

/** In how many of the lines that the database has written so far. */
function saysOf({ cluster }: World, what: RegExp): number {
  const lines = readFileSync(cluster.postgres.process.logFile, "utf8").split("\n");
  return lines.filter((line) => what.test(line)).length;
}

async function hoardConnections(url: string): Promise<Client[]> {
  const hoarded: Client[] = [];
  for (;;) {
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
    // One that is ended by a later fault is no business of this process's.
    client.on("error", () => {});
    const isRefused = await client.connect().then(
      () => false,
      () => true,
    );
    if (isRefused) return hoarded;
    hoarded.push(client);
  }
}

async function ask(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.query(statement);
  } finally {
    await client.end().catch(() => {});
  }
}

/** A backend may have ended by itself. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
