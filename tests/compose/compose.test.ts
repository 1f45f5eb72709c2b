import { afterAll, beforeAll, expect, test } from "vitest";
import { Line, signUp } from "../gateway/caller.ts";
import { Asking } from "./support/asking.ts";
import { histogram } from "./support/histogram.ts";
import { Installation } from "./support/installation.ts";
import { newMember, nodeOf, until } from "./support/people.ts";
import { type Move, Traffic } from "./support/traffic.ts";

const IMAGE_TAG = `test-${process.pid}`;
const TRAFFIC = { rooms: 3, membersPerRoom: 8, everyMs: 800 };
/** As shipped. */
const DRAIN_MS = 10_000;
/** Of the command that scales; and of a node's being ready, of which less depends on the machine. */
const SCALED_WITHIN_MS = 10_000;
const SERVED_WITHIN_MS = 5_000;
const SCALINGS = 3;
/** Between two nodes' drains, and never within one. */
const PAUSE_MS = 3_500;
const NOTHING_WRONG = { lost: [], doubled: [], divided: 0 };

let moim: Installation;

beforeAll(async () => {
  moim = await Installation.clone(IMAGE_TAG);
});
afterAll(async () => {
  await moim?.remove();
  await moim?.removeImages();
});

test("without secrets compose says in one line what to run", async () => {
  const { code, output } = await moim.run("docker", "compose", "up", "-d");
  expect(code).not.toBe(0);
  expect(output.trim().split("\n")).toHaveLength(1);
  // Whichever it comes across first, which is not always the same.
  expect(output).toMatch(/variable (\w+_PASSWORD|SIGNING_KEYS|PUBLIC_URL) is missing/);
  expect(output).toContain("run ./infra/init-env first");
});

test("init-env makes secrets of its own each time, and never touches those that are there", async () => {
  await moim.initialise();
  const made = moim.read(".env");
  const again = await moim.run("./infra/init-env");
  expect(again.code).toBe(1);
  expect(again.output).toMatch(/^init-env: .*\.env exists already.*\n$/);
  expect(moim.read(".env")).toBe(made);
  const other = await Installation.clone(IMAGE_TAG);
  await other.initialise();
  const secretsIn = (text: string) => text.match(/^\w+(PASSWORD|KEYS)=.+$/gm) ?? [];
  const secrets = secretsIn(made);
  expect(secrets).toHaveLength(4);
  for (const secret of secretsIn(other.read(".env"))) expect(secrets).not.toContain(secret);
  await other.remove();
});

test("what is appended to COMPOSE_FILE adds up, and secrets in files cannot be dropped from it", async () => {
  const other = await Installation.clone(IMAGE_TAG);
  await other.initialise("--secret-files");
  const [, shipped = ""] = /^COMPOSE_FILE=(.+)$/m.exec(other.read(".env")) ?? [];
  for (const added of [[], ["tls"], ["local-ports"], ["tls", "local-ports"]]) {
    const files = added.map((name) => `:infra/compose/${name}.yml`).join("");
    other.set({ COMPOSE_FILE: shipped + files });
    const text = await other.compose("--profile", "*", "config", "--format", "json");
    const { services } = JSON.parse(text);
    expect(JSON.stringify(services)).not.toContain("in-secret-files");
    expect(services.postgres.environment.POSTGRES_PASSWORD_FILE).toBe(
      "/run/secrets/postgres-password",
    );
    expect(services.gateway.ports).toHaveLength(added.includes("tls") ? 2 : 1);
    expect(services.grafana.ports ?? []).toHaveLength(added.includes("local-ports") ? 1 : 0);
  }
  other.set({ COMPOSE_FILE: "docker-compose.yml:infra/compose/tls.yml" });
  const { code, output } = await other.run("docker", "compose", "up", "-d");
  expect(code).not.toBe(0);
  expect(output.trim().split("\n")).toHaveLength(1);
  expect(output).toContain("secrets.yml-which-COMPOSE_FILE-has-to-name");
  await other.remove();
});

test("a secret that is there and empty is none", async () => {
  for (const name of ["POSTGRES_PASSWORD", "REDIS_PASSWORD", "SIGNING_KEYS", "GRAFANA_PASSWORD"]) {
    const { code, output } = await moim.run("env", `${name}=`, "docker", "compose", "config", "-q");
    expect([code === 0, output.trim().split("\n")]).toEqual([
      false,
      [expect.stringMatching(new RegExp(`${name}.*run ./infra/init-env first`))],
    ]);
  }
});

test("init-env takes the mail server's URL from a pipe, and none that .env could not hold", async () => {
  const other = await Installation.clone(IMAGE_TAG);
  const ask = (url: string) =>
    other.run(
      ...([
        "sh",
        "-c",
        'printf %s "$0" | ./infra/init-env --public-url https://a.example --mail-url -',
        url,
      ] as const),
    );
  for (const url of ["smtp://us'er:x@mail.example", "smtp://u:a b@mail.example", ""]) {
    expect((await ask(url)).code).toBe(1);
  }
  expect((await ask("smtp://user:pa$word@mail.example:587")).code).toBe(0);
  const { services } = JSON.parse(await other.compose("config", "--format", "json"));
  // Compose shows a dollar sign as two.
  expect(services.auth.environment).toMatchObject({
    MAIL_URL: "smtp://user:pa$$word@mail.example:587",
    PUBLIC_URL: "https://a.example",
  });
  await other.remove();
});

test("where there is no openssl, docker makes the secrets", async () => {
  const other = await Installation.clone(IMAGE_TAG);
  other.write("openssl", "#!/bin/sh\nexit 127\n");
  await other.succeeds("sh", "-c", 'chmod 755 openssl && PATH="$PWD:$PATH" ./infra/init-env');
  const made = other.read(".env");
  expect(made).toMatch(/^POSTGRES_PASSWORD=[0-9a-f]{48}$/m);
  expect(made).toMatch(/^SIGNING_KEYS='\{"keys":\[\{"kty":"OKP","crv":"Ed25519",.*\}\]\}'$/m);
  await other.remove();
});

test("it comes up with two nodes, and two people on different ones chat through the gateway", async () => {
  await moim.compose("up", "-d", "--build", "--wait");
  expect(await moim.containers("chat")).toHaveLength(2);
  const [alice, bob] = [await newMember(moim.url), await newMember(moim.url)];
  expect(nodeOf(alice)).not.toBe(nodeOf(bob));
  const roomId = await alice.client.createDirect(bob.userId);
  const [hers, his] = [alice.client.openRoom(roomId), bob.client.openRoom(roomId)];
  await hers.send("안녕하세요");
  await until(his.timeline, ({ items }) => items.some(hasText("안녕하세요")));
  await his.send("hello");
  await until(hers.timeline, ({ items }) => items.some(hasText("hello")));
  for (const { client } of [alice, bob]) await client.stop();
});

test("the images hold the shipped builds alone, and nothing of the build that can be made to fail", async () => {
  for (const service of ["auth", "chat"]) {
    const inside = (command: string) => moim.compose("exec", "-T", service, "sh", "-c", command);
    const files = (await inside(`ls -A /moim/${service}`)).trim().split("\n");
    expect(files.sort()).toEqual(["dist", "drizzle", "node_modules", "package.json"]);
    const traces = "FAIL_POINT_FOLDER|installFailPoints|die-before-announcing";
    expect(await inside(`grep -rlE '${traces}' /moim || true`)).toBe("");
  }
});

test("only the gateway can be reached, and nothing is root, privileged or writable", async () => {
  const ids = (await moim.compose("ps", "--all", "--quiet")).split("\n").filter(Boolean);
  expect(ids).toHaveLength(7);
  const containers = JSON.parse(await moim.succeeds("docker", "inspect", ...ids));
  const open: string[] = [];
  for (const { Config, HostConfig, NetworkSettings } of containers) {
    const service: string = Config.Labels["com.docker.compose.service"];
    expect(Config.User, service).toMatch(/^(node|nginx|999:999)$/);
    expect(HostConfig, service).toMatchObject({
      ReadonlyRootfs: true,
      Privileged: false,
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges:true"],
      LogConfig: { Type: "json-file", Config: { "max-size": "10m", "max-file": "5" } },
    });
    expect(HostConfig.Memory, service).toBeGreaterThan(0);
    expect(HostConfig.PidsLimit, service).toBeGreaterThan(0);
    expect(HostConfig.RestartPolicy.Name, service).toBe(
      service === "migrate" ? "no" : "unless-stopped",
    );
    if (Object.values(NetworkSettings.Ports).some((binding) => binding !== null))
      open.push(service);
  }
  expect(open).toEqual(["gateway"]);
});

test("the services are no superusers of the database, who may not even come over the network", async () => {
  const roles = await moim.query(
    `SELECT DISTINCT rolname || ' ' || rolsuper FROM pg_stat_activity JOIN pg_roles ON rolname = usename
       WHERE application_name LIKE 'moim-%'`,
  );
  expect(roles).toBe("moim false");
  const asSuperuser =
    "PGPASSWORD=$POSTGRES_PASSWORD psql -h postgres -U postgres -d moim -c 'SELECT 1'";
  const refused = await moim.run(
    "docker",
    "compose",
    "exec",
    "-T",
    "postgres",
    "sh",
    "-c",
    asSuperuser,
  );
  expect(refused.code).not.toBe(0);
  expect(refused.output).toContain("password authentication failed");
});

test("JavaScript's heap has three quarters of what a service's container may take", async () => {
  for (const service of ["chat", "auth"]) {
    const [container = ""] = await moim.containers(service);
    const [{ Config, HostConfig }] = JSON.parse(
      await moim.succeeds("docker", "inspect", container),
    );
    const options = Config.Cmd.filter((word: string) => word.startsWith("--max-old"));
    const asked = ["-p", "v8.getHeapStatistics().heap_size_limit"];
    const limit = Number(await moim.compose("exec", "-T", service, "node", ...options, ...asked));
    // Besides the old generation, some 50 MB for the young one.
    expect(limit / HostConfig.Memory).toBeGreaterThan(0.74);
    expect(limit / HostConfig.Memory).toBeLessThan(0.85);
  }
});

test("only the gateway and auth, for its mails, have a way out", async () => {
  const networks = (await moim.compose("config", "--format", "json")) as string;
  const internal = Object.entries<{ internal?: boolean }>(JSON.parse(networks).networks)
    .filter(([, network]) => network.internal)
    .map(([name]) => `${moim.project}_${name}`);
  expect(internal).toHaveLength(2);
  const ids = (await moim.compose("ps", "--quiet")).split("\n").filter(Boolean);
  const withAWayOut = new Set<string>();
  for (const container of JSON.parse(await moim.succeeds("docker", "inspect", ...ids))) {
    const joined = Object.keys(container.NetworkSettings.Networks);
    if (joined.some((name) => !internal.includes(name)))
      withAWayOut.add(container.Config.Labels["com.docker.compose.service"]);
  }
  expect([...withAWayOut].sort()).toEqual(["auth", "gateway"]);
});

test("built files come compressed as the browser takes them, and to keep", async () => {
  const page = await (await fetch(moim.url)).text();
  for (const [kind, type] of [
    ["js", "text/javascript"],
    ["css", "text/css"],
  ]) {
    const path = new RegExp(`/assets/[^"]+\\.${kind}`).exec(page)?.[0];
    const bodies = new Set<string>();
    for (const encoding of ["br", "gzip", "identity"]) {
      const answer = await fetch(moim.url + path, { headers: { "accept-encoding": encoding } });
      expect(answer.status).toBe(200);
      const sent = answer.headers.get("content-encoding") ?? "identity";
      expect([path, sent]).toEqual([path, encoding]);
      expect(answer.headers.get("content-type")).toBe(`${type}; charset=utf-8`);
      expect(answer.headers.get("vary")).toBe("Accept-Encoding");
      expect(answer.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
      expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
      bodies.add(await answer.text());
    }
    expect(bodies.size).toBe(1);
  }
});

test("four nodes serve within 10 s of asking for them, behind the same gateway", async () => {
  const gateway = await moim.containers("gateway");
  let scaled = await scaleToFour();
  // What else this machine does may take the time; it has to be shown once.
  for (let more = 1; more < SCALINGS && scaled.afterCommandMs > SCALED_WITHIN_MS; more += 1) {
    await moim.compose("up", "-d", "--scale", "chat=2");
    scaled = await scaleToFour();
  }
  expect(scaled.afterCommandMs).toBeLessThan(SCALED_WITHIN_MS);
  expect(scaled.afterReadyMs).toBeLessThan(SERVED_WITHIN_MS);
  expect(await moim.containers("gateway")).toEqual(gateway);
});

/** When four nodes have answered: after the command was given, and after the last one was ready. */
async function scaleToFour(): Promise<{ afterCommandMs: number; afterReadyMs: number }> {
  const caller = await signUp(moim.url);
  const startedAt = Date.now();
  const scaling = moim.compose("up", "-d", "--scale", "chat=4");
  // Looked at further down, when it is awaited.
  scaling.catch(() => {});
  const lines: Line[] = [];
  const nodes = new Set<string>();
  while (nodes.size < 4 && Date.now() < startedAt + 120_000) {
    const line = await Line.open(moim.url, caller);
    nodes.add(line.nodeId);
    lines.push(line);
    if (lines.length > 12) lines.shift()?.close();
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  const servedAt = Date.now();
  for (const line of lines) line.close();
  await scaling;
  expect(nodes.size).toBe(4);
  const readyAt = Math.max(...(await moim.readyTimes("chat")));
  const scaled = { afterCommandMs: servedAt - startedAt, afterReadyMs: servedAt - readyAt };
  print(
    `four nodes served ${secondsOf(scaled.afterCommandMs)} s after the command, ` +
      `${secondsOf(scaled.afterReadyMs)} s after the last one was ready`,
  );
  return scaled;
}

test("back to two nodes while people talk: nothing is lost, nothing comes twice", async () => {
  const traffic = await Traffic.gather(moim.url, TRAFFIC);
  expect(traffic.nodes().size).toBe(4);
  traffic.begin(TRAFFIC.everyMs);
  await moim.compose("up", "-d", "--scale", "chat=2");
  expect(await moim.containers("chat")).toHaveLength(2);
  const { sent, ...verdict } = await traffic.finish();
  print(`from four nodes to two: ${sent} messages, ${traffic.takeMoves().length} reconnects`);
  expect(verdict).toEqual(NOTHING_WRONG);
  expect(sent).toBeGreaterThan(100);
  expect(traffic.nodes().size).toBe(2);
  await traffic.leave();
});

test("a version that does not start is not rolled out, and the present one goes on", async () => {
  const before = await moim.containers("chat");
  const postgres = await moim.containers("postgres");
  const broken = `moim-services:${IMAGE_TAG}-broken`;
  moim.write(
    "broken/Dockerfile",
    `FROM moim-services:${IMAGE_TAG}\nCOPY main.js chat/dist/main.js\n`,
  );
  moim.write("broken/main.js", 'throw new Error("not this version");\n');
  await moim.succeeds("docker", "build", "--quiet", "--tag", broken, "broken");
  // What else is new is not taken along, least of all Postgres.
  moim.write("docker-compose.override.yml", 'services: { postgres: { labels: { new: "yes" } } }\n');
  const settings = moim.read(".env");
  const files = "docker-compose.yml:docker-compose.override.yml";
  moim.set({ MOIM_SERVICES_IMAGE: broken, COMPOSE_FILE: files });
  expect(await moim.compose("config")).toContain("new: ");
  const { code, output } = await moim.run("./infra/rolling-restart", "chat");
  moim.write(".env", settings);
  await moim.succeeds("docker", "image", "rm", broken);
  expect(code).toBe(1);
  expect(output).toContain("Error: not this version");
  expect(output.trimEnd().split("\n").at(-1)).toBe(
    "rolling-restart: the new container of chat ends again and again (its last lines are above); the old ones go on",
  );
  expect(await moim.containers("chat")).toEqual(before);
  expect(await moim.containers("postgres")).toEqual(postgres);
  const line = await Line.open(moim.url, await signUp(moim.url));
  line.close();
});

test("a rolling restart under load: nothing lost or doubled, reconnects spread over the drain", async () => {
  const traffic = await Traffic.gather(moim.url, TRAFFIC);
  const before = await moim.containers("chat");
  moim.set({ LOG_LEVEL: "warn" });
  traffic.begin(TRAFFIC.everyMs);
  const asking = new Asking(moim.url);
  const output = await moim.succeeds("./infra/rolling-restart");
  const answers = await asking.stop();
  const { sent, ...verdict } = await traffic.finish();
  const moves = traffic.takeMoves();
  print(output.trim());
  print(`${sent} messages while every chat and auth container was replaced`);
  const drains = drainsOf(moves);
  for (const drain of drains) {
    print(`${drain.length} reconnects, by second of the drain; ${awayOf(drain)}`);
    for (const line of histogram(offsetsOf(drain), DRAIN_MS)) print(line);
  }
  expect(verdict).toEqual(NOTHING_WRONG);
  // The auth service was replaced meanwhile; whoever asked it noticed nothing.
  expect([...new Set(answers)].sort()).toEqual(["read: 200", "written: 201"]);
  const after = await moim.containers("chat");
  expect(after).toHaveLength(2);
  for (const container of after) expect(before).not.toContain(container);
  const settings = await moim.succeeds("docker", "inspect", "-f", "{{.Config.Env}}", ...after);
  expect(settings.match(/LOG_LEVEL=warn/g)).toHaveLength(2);
  expect(drains).toHaveLength(2);
  for (const drain of drains) {
    expect(drain.length).toBeGreaterThan(TRAFFIC.rooms);
    // Sent away one by one, evenly: the last one of n in the last n-th of the window.
    expect(Math.max(...offsetsOf(drain))).toBeGreaterThan(DRAIN_MS * 0.7);
  }
  await traffic.leave();
});

test("what the database holds is without gaps and doubles", async () => {
  const wrong = await moim.query(
    `SELECT count(*) FROM (
       SELECT room_id FROM chat.messages GROUP BY room_id
       HAVING count(*) <> max(seq)
         OR count(DISTINCT (sender_id, client_id)) FILTER (WHERE client_id IS NOT NULL)
           <> count(client_id)
     ) AS rooms`,
  );
  expect(wrong).toBe("0");
});

function hasText(text: string) {
  return (item: { kind: string; message?: { text: string | null } }) =>
    item.kind === "message" && item.message?.text === text;
}

/** The reconnects that each node that left has caused. */
function drainsOf(moves: readonly Move[]): Move[][] {
  const drains: Move[][] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (const move of [...moves].sort((a, b) => a.lostAt - b.lostAt)) {
    if (move.lostAt - last > PAUSE_MS) drains.push([]);
    drains.at(-1)?.push(move);
    last = move.lostAt;
  }
  return drains;
}

function offsetsOf(drain: readonly Move[]): number[] {
  const [first] = drain;
  return drain.map(({ lostAt }) => lostAt - (first?.lostAt ?? lostAt));
}

function awayOf(drain: readonly Move[]): string {
  const away = drain.map(({ lostAt, backAt }) => backAt - lostAt).sort((a, b) => a - b);
  const median = away[Math.floor(away.length / 2)] ?? 0;
  return `away for ${median} ms in the median, ${away.at(-1) ?? 0} ms at most`;
}

function secondsOf(ms: number): string {
  return (ms / 1_000).toFixed(1);
}

function print(line: string): void {
  process.stdout.write(`    ${line}\n`);
}
