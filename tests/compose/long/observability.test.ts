import { randomUUID } from "node:crypto";
import { freePort } from "@moim/local";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Caller, Line, signUp } from "../../gateway/caller.ts";
import { metricsOf } from "../../observability/metric-names.ts";
import { alerts, charts } from "../../observability/shipped.ts";
import { Installation } from "../support/installation.ts";
import { MailCatcher } from "../support/mail-catcher.ts";
import { eventually, Prometheus } from "../support/prometheus.ts";

const IMAGE_TAG = `test-observability-${process.pid}`;
/** Grafana is not asked anything here, and its image is large. */
const WATCHERS = ["prometheus", "postgres-exporter", "redis-exporter", "nginx-exporter", "mail"];
const TARGETS = ["auth", "chat", "chat", "nginx", "postgres", "prometheus", "redis"];
/** Grafana's own, which it fills in. */
const RATE_INTERVAL = "30s";
const TALK_EVERY_MS = 500;
/** The alerts that say that something is gone; those about speed may be right about this machine, too. */
const OF_ABSENCE = [
  ...["MoimTargetDown", "MoimFewerProcesses", "MoimDatabaseUnreachable", "MoimNodesDeaf"],
  ...["MoimGatewayDown", "MoimNoAuth", "MoimNoChatNode"],
];

let moim: Installation;
let prometheus: Prometheus;
let mails: MailCatcher;

beforeAll(async () => {
  moim = await Installation.clone(IMAGE_TAG);
  await moim.initialise();
  const [prometheusPort, mailPort] = [await freePort(), await freePort()];
  moim.set({
    COMPOSE_FILE: "docker-compose.yml:infra/compose/local-ports.yml",
    PROMETHEUS_PORT: String(prometheusPort),
    MAIL_PORT: String(mailPort),
    MAIL_URL: "smtp://mail:1025",
  });
  hurry("infra/observability/prometheus.yml", /scrape_interval: 10s/, "scrape_interval: 5s");
  hurry(
    "infra/observability/prometheus.yml",
    /evaluation_interval: 10s/,
    "evaluation_interval: 1s",
  );
  hurry("infra/observability/prometheus.yml", /refresh_interval: 5s/g, "refresh_interval: 1s");
  for (const file of ["alerts.yml", "compose.yml"]) {
    hurry(`infra/observability/rules/${file}`, /for: \w+$/gm, "for: 3s");
  }
  hurry("infra/observability/rules/compose.yml", /\[1d:1m\]/, "[1m:5s]");
  await moim.compose("up", "-d", "--build", "--wait");
  await moim.compose("up", "-d", "--no-deps", "--wait", ...WATCHERS);
  prometheus = new Prometheus(prometheusPort);
  mails = new MailCatcher(mailPort);
});
afterAll(async () => {
  await moim?.remove();
  await moim?.removeImages();
});

/** The clone's file, with shorter times than the shipped ones. */
function hurry(file: string, long: RegExp, short: string): void {
  const shipped = moim.read(file);
  const hurried = shipped.replace(long, short);
  expect(hurried, file).not.toBe(shipped);
  moim.write(file, hurried);
}

test("Prometheus reaches every process, each of them once", async () => {
  const targets = await eventually(
    () => prometheus.targets(),
    (seen) => seen.length === TARGETS.length && seen.every(({ health }) => health === "up"),
  );
  expect(targets.map(({ job }) => job).sort()).toEqual(TARGETS);
});

test("a forgotten password leads to a mail, and the mail to the page", async () => {
  const email = `forgetful-${randomUUID()}@example.org`;
  await signUp(moim.url, email);
  const asked = await send("POST", "/api/auth/password-resets", { email });
  expect(asked.status).toBe(202);
  const mail = await eventually(
    () => mails.lastTo(email),
    (found) => found !== undefined,
  );
  expect(mail).toContain("http://localhost:8080/");
});

test("every chart has something to show while people talk and things go wrong", async () => {
  const talk = await Talk.begin();
  await goWrong();
  const expressions = charts.flatMap(({ targets }) => (targets ?? []).map(({ expr }) => expr));
  const empty = async () => {
    const found: string[] = [];
    for (const expression of expressions) {
      const filledIn = expression.replaceAll("$__rate_interval", RATE_INTERVAL);
      if ((await prometheus.values(filledIn)).length === 0) found.push(expression);
    }
    return found;
  };
  await eventually(empty, (found) => found.length === 0);
  await talk.end();
});

test("every metric that a chart or an alert reads is there", async () => {
  const names = new Set(await prometheus.names());
  const read = [
    ...charts.flatMap(({ targets }) => (targets ?? []).flatMap(({ expr }) => metricsOf(expr))),
    ...alerts.flatMap(({ expr }) => metricsOf(expr)),
  ];
  expect(read.filter((name) => !names.has(name))).toEqual([]);
});

test("alerts fire when something is gone or hangs, and end when it is back", async () => {
  const [node = ""] = await moim.containers("chat");
  const containerOf = async (service: string) => (await moim.containers(service))[0] ?? "";
  expect(await firing()).toEqual([]);
  await whileIn(
    ["docker", "pause", node],
    ["docker", "unpause", node],
    [["MoimTargetDown", "warning"]],
  );
  await whileIn(
    ["docker", "stop", node],
    ["docker", "start", node],
    [["MoimFewerProcesses", "warning"]],
  );
  const postgres = await containerOf("postgres");
  await whileIn(
    ["docker", "stop", postgres],
    ["docker", "start", postgres],
    [["MoimDatabaseUnreachable", "critical"]],
  );
  const redis = await containerOf("redis");
  await whileIn(
    ["docker", "stop", redis],
    ["docker", "start", redis],
    [["MoimNodesDeaf", "warning"]],
  );
  const gateway = await containerOf("gateway");
  await whileIn(
    ["docker", "stop", gateway],
    ["docker", "start", gateway],
    [["MoimGatewayDown", "critical"]],
  );
  const auth = await containerOf("auth");
  await whileIn(["docker", "stop", auth], ["docker", "start", auth], [["MoimNoAuth", "critical"]]);
});

async function whileIn(
  breaking: readonly [string, ...string[]],
  mending: readonly [string, ...string[]],
  expected: readonly (readonly [alert: string, severity: string])[],
): Promise<void> {
  const [brokenBy, ...broken] = breaking;
  const [mendedBy, ...mended] = mending;
  await moim.succeeds(brokenBy, ...broken);
  for (const [alert, severity] of expected) {
    const seen = await eventually(firing, (all) => all.some((one) => one.startsWith(alert)));
    expect(seen).toContain(`${alert} ${severity}`);
  }
  await moim.succeeds(mendedBy, ...mended);
  await eventually(firing, (all) => all.length === 0);
}

async function firing(): Promise<string[]> {
  const all = await prometheus.firing();
  const ofAbsence = all.filter(({ alert }) => OF_ABSENCE.includes(alert));
  return ofAbsence.map(({ alert, labels }) => `${alert} ${labels.severity}`);
}

/** What the charts of failures are about: each once. */
async function goWrong(): Promise<void> {
  const caller = await signUp(moim.url);
  const stranger = { ...caller, accessToken: "nobody's" };
  await expect(Line.open(moim.url, stranger)).rejects.toThrow();
  const line = await Line.open(moim.url, caller);
  await expect(line.ask("room:get", { roomId: "no id" })).rejects.toThrow("bad_request");
  const [email, password] = [`${randomUUID()}@example.org`, "wrong-horse-1"];
  expect((await send("POST", "/api/auth/sign-in", { email, password })).status).toBe(401);
  const refresh = { refreshToken: "nobody's", tokenTransport: "body" };
  expect((await send("POST", "/api/auth/refresh", refresh)).status).toBe(401);
  const bearer = { authorization: `Bearer ${caller.accessToken}` };
  expect((await send("POST", "/api/auth/sign-out", {}, bearer)).status).toBe(204);
}

function send(
  method: string,
  path: string,
  body: object,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(moim.url + path, {
    method,
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
}

/** Two people on different nodes who write to each other all the time. */
class Talk {
  readonly #lines: readonly Line[];
  readonly #timer: NodeJS.Timeout;

  private constructor(lines: readonly Line[], roomId: string) {
    this.#lines = lines;
    this.#timer = setInterval(() => {
      for (const line of lines) {
        const message = { roomId, clientId: randomUUID(), text: "still here" };
        line.ask("message:send", message).catch(() => {});
      }
    }, TALK_EVERY_MS);
  }

  static async begin(): Promise<Talk> {
    const [one, other]: [Caller, Caller] = [await signUp(moim.url), await signUp(moim.url)];
    const lines = [await Line.open(moim.url, one), await Line.open(moim.url, other)];
    const created = await lines[0]?.ask("room:create", { kind: "direct", userId: other.userId });
    return new Talk(lines, (created as { room: { id: string } }).room.id);
  }

  async end(): Promise<void> {
    clearInterval(this.#timer);
    for (const line of this.#lines) line.close();
  }
}
