import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Cluster, findProgram, startCluster } from "@moim/local";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { countedSeries, exportedNames, metricsOf } from "./metric-names.ts";
import { alerts, charts, OBSERVABILITY } from "./shipped.ts";

const CHECKOUT = join(OBSERVABILITY, "..", "..");
const RULE_TESTS = join(OBSERVABILITY, "rules", "alerts.test.yml");
/** Of programs that are not ours; the compose tests look for them in a running Prometheus. */
const OF_EXPORTERS = /^(nginx|pg|redis)_/;
const RUNBOOK = join(CHECKOUT, "docs", "runbook");
const DATA_SOURCES = join(OBSERVABILITY, "grafana/provisioning/datasources/prometheus.yml");

/** Of what a process may take; and what it takes besides, at the least, with a few thousand sockets. */
const HEAP_SHARE = 0.75;
const OUTSIDE_THE_HEAP_MIB = 80;

type RuleTest = { alert_rule_test: { alertname: string; exp_alerts: unknown[] }[] };

describe("against what the services really export", () => {
  let cluster: Cluster;
  /** `up` is Prometheus's own. */
  const exported = new Set(["up"]);
  const pages: string[] = [];
  const isMissing = (name: string) => !exported.has(name) && !OF_EXPORTERS.test(name);
  beforeAll(async () => {
    cluster = await startCluster({ nodes: 1, spareNodes: 0 });
    for (const { port } of [...cluster.nodes, cluster.auth]) {
      const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      for (const name of exportedNames(page)) exported.add(name);
      pages.push(page);
    }
  });
  afterAll(() => cluster.stop());

  it("every metric that a chart shows exists", () => {
    const read = charts.flatMap(({ targets }) => (targets ?? []).flatMap((t) => metricsOf(t.expr)));
    expect(read.length).toBeGreaterThan(30);
    expect(read.filter(isMissing)).toEqual([]);
  });

  it("every metric that an alert reads exists", () => {
    expect(alerts.flatMap(({ expr }) => metricsOf(expr)).filter(isMissing)).toEqual([]);
  });

  it("every series that an alert sees grow is there before anything has happened", () => {
    const counted = alerts.flatMap(({ expr }) => countedSeries(expr));
    expect(counted.length).toBeGreaterThan(4);
    const isThere = ({ name, label }: { name: string; label: string }) =>
      pages.some((page) =>
        page.split("\n").some((line) => line.startsWith(`${name}{`) && line.includes(label)),
      );
    expect(counted.filter((series) => !isThere(series))).toEqual([]);
  });

  it("every metric of ours is shown", () => {
    const shown = new Set(
      charts.flatMap(({ targets }) => (targets ?? []).flatMap((t) => metricsOf(t.expr))),
    );
    const family = (name: string) => name.replace(/_(bucket|sum|count)$/, "");
    const families = new Set([...shown].map(family));
    const ours = [...exported].filter((name) => name.startsWith("moim_"));
    expect(ours.filter((name) => !families.has(family(name)))).toEqual([]);
  });
});

describe("the dashboard", () => {
  it("asks the data source that is provisioned, and says of each chart what it shows", () => {
    const [source] = parse(readFileSync(DATA_SOURCES, "utf8")).datasources;
    for (const { title, datasource, description, targets } of charts) {
      expect(datasource?.uid, title).toBe(source.uid);
      expect(description, title).toBeTruthy();
      expect(targets?.length, title).toBeGreaterThan(0);
    }
  });
});

describe("the alerts", () => {
  const promtool = findProgram("promtool");
  const run = (...words: string[]) => {
    const { status, stdout, stderr } = spawnSync(promtool ?? "promtool", words, {
      encoding: "utf8",
    });
    return { status, output: `${stdout}${stderr}` };
  };

  it("fire when they must and are silent when they must be", () => {
    expect(run("test", "rules", RULE_TESTS)).toMatchObject({ status: 0 });
  });

  it("are what Prometheus reads, with the configuration as shipped", () => {
    const checked = run("check", "config", join(OBSERVABILITY, "prometheus.yml"));
    expect(checked).toMatchObject({ status: 0 });
    const found = [...checked.output.matchAll(/(\d+) rules found/g)].map(([, count]) =>
      Number(count),
    );
    expect(found.reduce((sum, count) => sum + count, 0)).toBe(alerts.length);
  });

  it("each have a case in which they fire and one in which they do not", () => {
    const tests: RuleTest[] = parse(readFileSync(RULE_TESTS, "utf8")).tests;
    const cases = tests.flatMap((test) => test.alert_rule_test);
    for (const { alert } of alerts) {
      const mine = cases.filter(({ alertname }) => alertname === alert);
      const outcomes = new Set(mine.map(({ exp_alerts }) => exp_alerts.length > 0));
      expect([...outcomes].sort(), alert).toEqual([false, true]);
    }
  });

  it("of memory comes before a process is killed for it, with docker compose and on Kubernetes", () => {
    const expr = alerts.find(({ alert }) => alert === "MoimMemoryHigh")?.expr ?? "";
    const [, mebibytes] = /> (\d+) \* 1024 \* 1024$/.exec(expr) ?? [];
    const compose = parse(readFileSync(join(CHECKOUT, "docker-compose.yml"), "utf8"), {
      merge: true,
    });
    for (const name of ["chat", "auth"]) {
      const pod = readFileSync(join(CHECKOUT, `infra/kubernetes/base/${name}.yaml`), "utf8");
      const limits = [
        compose.services[name].mem_limit,
        /limits: \{ memory: (\w+) \}/.exec(pod)?.[1],
      ];
      for (const limit of limits) {
        const given = /\$\{\w+:-(\w+)\}/.exec(limit)?.[1] ?? limit;
        expect(mebibytesOf(given), `${name}: ${given}`).toBeGreaterThan(Number(mebibytes) * 1.1);
        // What is no heap comes on top of it: a heap that is nearly full has fired the alert.
        expect(mebibytesOf(given) * HEAP_SHARE + OUTSIDE_THE_HEAP_MIB).toBeGreaterThan(
          Number(mebibytes),
        );
      }
      const heap = `--max-old-space-size-percentage=${HEAP_SHARE * 100}`;
      expect(compose.services[name].command).toContain(heap);
      expect(pod).toContain(heap);
    }
  });

  it("each have a page in the runbook, and each page an alert", () => {
    for (const { alert, annotations } of alerts) {
      expect(annotations.runbook).toBe(`docs/runbook/${alert}.md`);
      const page = join(CHECKOUT, annotations.runbook);
      expect(existsSync(page), annotations.runbook).toBe(true);
      const text = readFileSync(page, "utf8");
      for (const part of [`# ${alert}\n`, "**What people notice.**", "**Look at**", "**Do**"]) {
        expect(text).toContain(part);
      }
    }
    const pages = readdirSync(RUNBOOK).filter((name) => name !== "README.md");
    expect(pages.sort()).toEqual(alerts.map(({ alert }) => `${alert}.md`).sort());
  });
});

/** `768m` of docker, `768Mi` of Kubernetes, and the same with gibi. */
function mebibytesOf(limit: string): number {
  const [, number, unit] = /^(\d+)([mg])i?$/i.exec(limit) ?? [];
  return Number(number) * (unit?.toLowerCase() === "g" ? 1024 : 1);
}
