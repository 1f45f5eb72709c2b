import { type Policy, SEVERITIES, type Severity } from "./policy.ts";

/** What `pnpm audit --json` wrote, and how it ended; undefined when it did not end in time. */
export type AuditAnswer = { succeeded: boolean; output: string } | undefined;

export type Verdict =
  /** `notes`: what was found and fails nothing. */
  | { state: "fine"; notes: string[] }
  | { state: "vulnerable"; lines: string[]; notes: string[] }
  /** No registry said anything: nobody knows. */
  | { state: "unasked"; reason: string };

/**
 * What an audit's answer means. `today` is a day as YYYY-MM-DD. Throws when the answer is none that we
 * understand: what is not understood must not pass for fine.
 */
export function judge(answer: AuditAnswer, policy: Policy, today: string): Verdict {
  if (answer === undefined) return { state: "unasked", reason: "no answer in time" };
  const advisories = advisoriesOf(answer.output);
  if (advisories === undefined) {
    const reason = refusalOf(answer.output);
    if (reason === undefined) {
      throw new Error(`pnpm audit said what is not understood: ${answer.output.slice(0, 500)}`);
    }
    return { state: "unasked", reason };
  }
  if (advisories.length === 0 && !answer.succeeded) {
    throw new Error("pnpm audit failed and names no advisory");
  }
  return judgeAll(advisories, policy, today);
}

function judgeAll(advisories: readonly Advisory[], policy: Policy, today: string): Verdict {
  const lines: string[] = [];
  const notes: string[] = [];
  for (const advisory of advisories) {
    const named = `${advisory.id} ${advisory.severity}: ${advisory.name} ${advisory.versions.join(", ")}: ${advisory.title}`;
    const accepted = policy.accepted.find(({ id }) => id === advisory.id);
    if (accepted !== undefined && accepted.until >= today) {
      notes.push(`${named} (accepted until ${accepted.until}: ${accepted.reason})`);
    } else if (rankOf(advisory.severity) < rankOf(policy.failsFrom)) notes.push(named);
    else if (accepted === undefined) lines.push(named);
    else lines.push(`${named} (was accepted until ${accepted.until}: look again)`);
  }
  return lines.length === 0 ? { state: "fine", notes } : { state: "vulnerable", lines, notes };
}

/** A severity that we do not know is as bad as any. */
function rankOf(severity: string): number {
  const rank = SEVERITIES.indexOf(severity as Severity);
  return rank === -1 ? SEVERITIES.length : rank;
}

type Advisory = { id: string; severity: string; name: string; versions: string[]; title: string };

/** Undefined when the output holds no report. */
function advisoriesOf(output: string): Advisory[] | undefined {
  const report = /^\{[\s\S]*\}$/m.exec(output)?.[0];
  if (report === undefined) return undefined;
  const { advisories } = JSON.parse(report) as { advisories?: Record<string, Reported> };
  if (typeof advisories !== "object" || advisories === null) return undefined;
  return Object.entries(advisories).map(([key, reported]) => ({
    id: reported.github_advisory_id ?? key,
    severity: reported.severity ?? "unknown",
    name: reported.module_name ?? "unknown",
    versions: (reported.findings ?? []).map(({ version = "?" }) => version),
    title: reported.title ?? "",
  }));
}

type Reported = {
  github_advisory_id?: string;
  severity?: string;
  module_name?: string;
  title?: string;
  findings?: { version?: string }[];
};

/** Of the registry, or of the way to it, in one line; undefined for any other complaint. */
function refusalOf(output: string): string | undefined {
  if (
    !/\bERR_PNPM_(?:AUDIT_BAD_RESPONSE|AUDIT_ENDPOINT_NOT_EXISTS|META_FETCH_FAIL|FETCH_\w+)\b/.test(
      output,
    )
  ) {
    return undefined;
  }
  const status = /responded\s+with\s+(\d{3})/.exec(output)?.[1];
  return status === undefined ? "no registry answers" : `the registry answers ${status}`;
}
