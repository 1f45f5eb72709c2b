/* Inline SVG, drawn once: no script, no library, the same file years later. */

export type Series = {
  name: string;
  /** A CSS class that gives the colour: s1 … s6. */
  colour: string;
  points: readonly (readonly [x: number, y: number | null])[];
  isDashed?: boolean;
};

export type Mark = { from: number; to: number | null; label: string };

export type ChartOptions = {
  series: readonly Series[];
  xLabel: string;
  yLabel: string;
  xTicks: readonly { at: number; label: string }[];
  formatY(value: number): string;
  /** Of the y axis. */
  scale: "linear" | "log";
  /** Drawn where it lies, such as a target. */
  marks?: readonly Mark[];
  yMax?: number;
  /** In the units of a page's pixels, so that letters are equally large in every chart. */
  width: number;
  height?: number;
};

const LEFT = 64;
const RIGHT = 30;
const TOP = 18;
const BOTTOM = 40;
/** Where a logarithmic axis begins at the lowest. */
const LOG_MIN = 0.01;

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}

const round = (value: number) => Math.round(value * 10) / 10;

export function lineChart(options: ChartOptions): string {
  const { series, xTicks, marks = [], formatY, width, height = 260 } = options;
  const xs = [
    ...series.flatMap(({ points }) => points.map(([x]) => x)),
    ...xTicks.map(({ at }) => at),
  ];
  const ys = series.flatMap(({ points }) => points.flatMap(([, y]) => (y === null ? [] : [y])));
  if (ys.length === 0) return `<p class="empty">Nothing was measured.</p>`;
  const axis = yAxis(ys, options);
  const [xMin, xMax] = [Math.min(...xs), Math.max(...xs)];
  const xOf = (x: number) =>
    round(LEFT + ((x - xMin) / Math.max(xMax - xMin, 1e-9)) * (width - LEFT - RIGHT));
  const yOf = (y: number) => round(TOP + (1 - axis.place(y)) * (height - TOP - BOTTOM));
  const bottom = height - BOTTOM;
  const grid = axis.ticks.map(
    (tick) =>
      `<line class="grid" x1="${LEFT}" x2="${width - RIGHT}" y1="${yOf(tick)}" y2="${yOf(tick)}"/>` +
      `<text class="tick" x="${LEFT - 8}" y="${yOf(tick) + 4}" text-anchor="end">${formatY(tick)}</text>`,
  );
  const below = xTicks.map(
    ({ at, label }) =>
      `<text class="tick" x="${xOf(at)}" y="${bottom + 18}" text-anchor="middle">${escapeHtml(label)}</text>`,
  );
  const shades = marks.map((mark, index) => markOf(mark, index, { xOf, bottom, xMax, width }));
  const lines = series.map((one) => lineOf(one, xOf, yOf));
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(options.yLabel)}">
${shades.join("")}${grid.join("")}${below.join("")}
<text class="axis" x="${(LEFT + width - RIGHT) / 2}" y="${height - 4}" text-anchor="middle">${escapeHtml(options.xLabel)}</text>
<text class="axis" x="${LEFT}" y="11">${escapeHtml(options.yLabel)}</text>
${lines.join("")}</svg>`;
}

function lineOf(
  { points, colour, isDashed, name }: Series,
  xOf: (x: number) => number,
  yOf: (y: number) => number,
): string {
  let path = "";
  let isPenUp = true;
  for (const [x, y] of points) {
    if (y !== null) path += `${isPenUp ? "M" : "L"}${xOf(x)} ${yOf(y)}`;
    isPenUp = y === null;
  }
  const known = points.filter(([, y]) => y !== null);
  const dots =
    known.length <= 12
      ? known.map(
          ([x, y]) => `<circle class="${colour} dot" cx="${xOf(x)}" cy="${yOf(y ?? 0)}" r="3"/>`,
        )
      : [];
  const style = `line ${colour}${isDashed ? " dashed" : ""}`;
  return `<path class="${style}" d="${path}"><title>${escapeHtml(name)}</title></path>${dots.join("")}`;
}

/** A fault, for as long as it lasted, with its name above; two close ones do not write over each other. */
function markOf(
  { from, to, label }: Mark,
  index: number,
  place: { xOf: (x: number) => number; bottom: number; xMax: number; width: number },
): string {
  const { xOf, bottom, xMax, width } = place;
  const start = xOf(Math.min(from, xMax));
  const end = xOf(Math.min(to ?? xMax, xMax));
  const isRight = start > width * 0.7;
  const textY = TOP + 12 + (index % 3) * 15;
  return (
    `<rect class="fault" x="${start}" y="${TOP}" width="${Math.max(round(end - start), 2)}" height="${bottom - TOP}"/>` +
    `<line class="fault-edge" x1="${start}" x2="${start}" y1="${TOP}" y2="${bottom}"/>` +
    `<text class="fault-label" x="${start + (isRight ? -5 : 5)}" y="${textY}" text-anchor="${isRight ? "end" : "start"}">${escapeHtml(label)}</text>`
  );
}

type Axis = { ticks: number[]; place(value: number): number };

function yAxis(values: readonly number[], { scale, yMax }: ChartOptions): Axis {
  const largest = Math.max(yMax ?? 0, ...values, 1e-9);
  if (scale === "linear") {
    const step = niceStep(largest);
    const top = Math.ceil(largest / step - 1e-9) * step;
    const ticks = Array.from({ length: Math.round(top / step) + 1 }, (_, index) => index * step);
    return { ticks, place: (value) => value / top };
  }
  const smallest = Math.max(LOG_MIN, Math.min(largest, ...values.filter((value) => value > 0)));
  const low = Math.floor(Math.log10(smallest));
  const high = Math.max(Math.ceil(Math.log10(largest)), low + 1);
  const ticks = Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index));
  const place = (value: number) =>
    (Math.log10(Math.max(value, 10 ** low)) - low) / Math.max(high - low, 1);
  return { ticks, place };
}

/** 1, 2 or 5 times a power of ten, about five of which make `largest`. */
function niceStep(largest: number): number {
  const rough = largest / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((one) => one * power >= rough) ?? 10;
  return factor * power;
}

/** At most eight, at whole numbers of seconds. */
export function secondTicks(seconds: number): { at: number; label: string }[] {
  const step = Math.max(1, niceStep((Math.max(seconds, 1) * 5) / 8));
  const count = Math.floor(seconds / step) + 1;
  return Array.from({ length: count }, (_, index) => ({
    at: index * step,
    label: `${index * step} s`,
  }));
}

export function legend(series: readonly Series[]): string {
  const items = series.map(
    ({ name, colour, isDashed }) =>
      `<li><span class="key ${colour}${isDashed ? " dashed" : ""}"></span>${escapeHtml(name)}</li>`,
  );
  return `<ul class="legend">${items.join("")}</ul>`;
}
