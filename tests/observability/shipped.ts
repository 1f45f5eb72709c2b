import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

export const OBSERVABILITY = fileURLToPath(new URL("../../infra/observability", import.meta.url));
export const RULE_FILES = ["alerts.yml", "compose.yml"].map((name) =>
  join(OBSERVABILITY, "rules", name),
);

export type Alert = {
  alert: string;
  expr: string;
  annotations: { summary: string; runbook: string };
};
export type Panel = {
  title: string;
  type: string;
  description?: string;
  datasource?: { uid: string };
  targets?: { expr: string }[];
};

export const alerts: readonly Alert[] = RULE_FILES.flatMap((file) =>
  parse(readFileSync(file, "utf8")).groups.flatMap((group: { rules: Alert[] }) => group.rules),
);

export const dashboard: { readonly panels: readonly Panel[] } = JSON.parse(
  readFileSync(join(OBSERVABILITY, "grafana/dashboards/moim.json"), "utf8"),
);

/** The dashboard's panels but for the headings between them. */
export const charts: readonly Panel[] = dashboard.panels.filter(({ type }) => type !== "row");
