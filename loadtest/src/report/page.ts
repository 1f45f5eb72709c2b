import type { RunResult } from "../run/result.ts";
import { type ChartOptions, escapeHtml, legend, lineChart } from "./charts.ts";
import { STYLE } from "./style.ts";

const COLOURS = ["s1", "s2", "s3", "s4", "s5", "s6"] as const;

export const count = (value: number) => Math.round(value).toLocaleString("en");
export const colourOf = (index: number) => COLOURS[index % COLOURS.length] ?? "s1";

export const WIDE = 1040;
const NARROW = 500;

export function chartWith(options: Omit<ChartOptions, "width">, width = NARROW): string {
  return `<figure>${lineChart({ ...options, width })}${legend(options.series)}</figure>`;
}

/** Of an axis: 10 ms, 1 s. */
export function latencyTick(value: number): string {
  return value >= 1_000 ? `${value / 1_000} s` : `${value} ms`;
}

/** From 0 to the highest. */
export function rateTicks(rates: readonly number[]): { at: number; label: string }[] {
  const most = Math.max(...rates, 1);
  return [0, 0.25, 0.5, 0.75, 1].map((share) => ({ at: most * share, label: count(most * share) }));
}

export function card(title: string, body: string, isWide = false): string {
  return `<section class="card${isWide ? " wide" : ""}"><h2>${escapeHtml(title)}</h2>${body}</section>`;
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (tag: string, texts: readonly string[]) =>
    texts.map((text) => `<${tag}>${escapeHtml(text)}</${tag}>`).join("");
  return `<table><thead><tr>${cells("th", head)}</tr></thead><tbody>${rows
    .map((row) => `<tr>${cells("td", row)}</tr>`)
    .join("")}</tbody></table>`;
}

export function footer({
  machine,
  settings,
  startedAt,
}: Pick<RunResult, "machine" | "settings" | "startedAt">): string {
  const { node, moim, servers = {} } = machine;
  const programs = Object.entries({ Node: node, Moim: moim, ...servers });
  const versions = programs.map(([name, version]) => `${name} ${version}`).join(", ");
  const set = Object.entries(settings).map(([name, value]) => `${name} ${value}`);
  return `<footer><p>${escapeHtml(set.join(" · "))}</p>
<p>${escapeHtml(`${machine.cores} × ${machine.cpu}, ${machine.memoryGiB} GiB, ${machine.system}, ${versions}, ${startedAt}`)}</p></footer>`;
}

export function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title><style>${STYLE}</style></head><body><main>${body}</main></body></html>
`;
}
