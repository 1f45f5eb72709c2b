import { textOf } from "../arguments/thresholds.ts";
import { isSkewed, type RunResult } from "../run/result.ts";
import { ms } from "../terminal/live-view.ts";
import { secondTicks } from "./charts.ts";
import { card, chartWith, colourOf, count, table } from "./page.ts";

const mebibytes = (bytes: number | null) => (bytes === null ? null : bytes / 2 ** 20);

export function processorCard(result: RunResult): string {
  const title = "Processor, of one core";
  return serverCard(
    result,
    title,
    ({ cpu }) => cpu,
    (value) => `${count(value * 100)} %`,
  );
}

export function memoryCard(result: RunResult): string {
  return serverCard(
    result,
    "Memory",
    ({ memoryBytes }) => memoryBytes.map(mebibytes),
    (value) => `${count(value)} MiB`,
  );
}

function serverCard(
  { servers, timeline }: RunResult,
  title: string,
  valuesOf: (server: RunResult["servers"][number]) => readonly (number | null)[],
  formatY: (value: number) => string,
): string {
  const series = servers.map((server, index) => ({
    name: server.name,
    colour: colourOf(index),
    points: valuesOf(server).map((value, at): [number, number | null] => [at + 1, value]),
  }));
  const xTicks = secondTicks(timeline.at(-1)?.second ?? 1);
  const body = chartWith({ series, xTicks, xLabel: "", yLabel: "", scale: "linear", formatY });
  return card(title, body);
}

export function connectionsCard({ connections, servers }: RunResult): string {
  const rows = Object.entries(connections.perNode).map(([node, connected]) => {
    const server = servers.find(({ name }) => name === node);
    const seconds = server?.cpu.filter((value) => value !== null).length ?? 0;
    const cpu = server && seconds > 0 ? `${count((server.cpuSeconds / seconds) * 100)} %` : "–";
    return [node, count(connected), cpu, server ? count(server.deliveries) : "–"];
  });
  const uneven = isSkewed(connections) ? "Unevenly spread: the" : "The";
  const note = `${uneven} fullest node has ${connections.skew.toFixed(2)} times the mean.`;
  return card(
    "Load of each node",
    `${table(["node", "connections", "processor", "deliveries"], rows)}<p class="soft">${note}</p>`,
  );
}

export function generatorCard({ generator, thresholds, errors }: RunResult): string {
  const workers = generator.workers.map((one, index) => [
    `worker ${index + 1}`,
    `${count(one.utilization * 100)} %`,
    ms(one.loopLagP99),
    `${count(one.cpu * 100)} %`,
  ]);
  const held = thresholds.map((one) => [
    textOf(one),
    String(one.measured ?? "not measured"),
    one.holds ? "✓" : "✗",
  ]);
  const told = Object.entries(errors).map(([code, times]) => [code, count(times)]);
  return card(
    "The generator",
    table(["", "event loop busy", "its lag, p99", "processor"], workers) +
      (held.length > 0 ? table(["threshold", "measured", ""], held) : "") +
      (told.length > 0 ? table(["closed and refused", "times"], told) : ""),
  );
}
