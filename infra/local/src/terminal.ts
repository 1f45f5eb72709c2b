/** What the commands print, for the person at the terminal: whole lines, plain without colours. */

// A closed terminal must not end the orderly stop that its closing has begun.
process.stdout.on("error", () => {});
process.stderr.on("error", () => {});

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

export function complain(line: string): void {
  process.stderr.write(`moim: ${line}\n`);
}

/** Says what is done and, when it has taken a noticeable time, how long. */
export async function step<T>(what: string, work: () => Promise<T>): Promise<T> {
  const startMs = performance.now();
  const result = await work();
  say(`  ✓ ${what}  ${seconds(performance.now() - startMs)}`);
  return result;
}

export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
