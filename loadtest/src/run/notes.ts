import { cpus } from "node:os";
import type { RunOptions } from "../arguments/parse-arguments.ts";
import type { PartResult } from "./load-run.ts";
import { sumOf } from "./sum-of.ts";

/** Of all cores; above, what is measured is how many programs share them. */
const BUSY_SHARE = 0.85;

/** What the reader of a run should know, and might not think of. */
export function notesOn(
  options: Pick<RunOptions, "scenario" | "client" | "url">,
  part: Pick<PartResult, "servers" | "generators" | "machineBusy">,
  errors: Readonly<Record<string, number>>,
  cores = cpus().length,
): string[] {
  const notes: string[] = [];
  if (options.url === undefined) {
    const servers = sumOf(part.servers, ({ cpu }) => meanOf(cpu));
    const busy = (servers + sumOf(part.generators, ({ cpu }) => cpu)) / cores;
    const all = `this machine's ${cores} cores were ${percent(part.machineBusy)} busy`;
    const own = `${percent(busy)} with the servers and the generator`;
    const isFull = part.machineBusy > BUSY_SHARE;
    notes.push(`${all}, ${own}${isFull ? ": latencies are those of a full machine" : ""}`);
  }
  if (options.scenario === "slow-consumers") {
    // One that does not read does not hear why it is cut: the nodes say it themselves.
    const byNodes = sumOf(part.servers, ({ slowConsumers }) => slowConsumers);
    const cut = Math.max(byNodes, errors["closed: slow_consumer"] ?? 0);
    notes.push(
      cut > 0
        ? `${cut} slow consumers were cut by their nodes`
        : "no slow consumer was cut: the systems' buffers held all that came meanwhile (some 10 MB each)",
    );
  }
  if (options.scenario === "churn" && options.client === "package") {
    notes.push("with the client package nobody was let in or out of a room: use --client raw");
  }
  return notes;
}

const percent = (share: number) => `${Math.round(share * 100)} %`;

function meanOf(values: readonly (number | null)[]): number {
  const known = values.filter((value) => value !== null);
  return sumOf(known, (value) => value) / Math.max(known.length, 1);
}
