import { expect, it } from "vitest";
import { typeErrorsOf } from "../set-up/type-check.ts";
import { dashboard } from "./shipped.ts";

/** Grafana writes enumerations as texts, and fills in what an option leaves out. */
const TYPES = `
import type { Dashboard, Panel, RowPanel } from "@grafana/schema/dist/esm/raw/dashboard/x/Dashboard_types.gen";
import type { Options as Stat } from "@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen";
import type {
  FieldConfig, Options as TimeSeries,
} from "@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen";
type Plain<T> = T extends string ? \`\${T}\` : T extends number | boolean | null | undefined ? T
  : T extends (infer Item)[] ? Plain<Item>[] : { [Key in keyof T]: Plain<T[Key]> };
type Partly<T> = T extends (infer Item)[] ? Partly<Item>[] : T extends object ? { [Key in keyof T]?: Partly<T[Key]> } : T;
type Chart<Type extends string, Options> = Omit<Plain<Panel>, "type" | "options" | "targets" | "fieldConfig">
  & { type: Type; options: Partly<Plain<Options>>; targets: { refId: string; expr: string; legendFormat: string }[] }
  & { fieldConfig: Omit<Plain<NonNullable<Panel["fieldConfig"]>>, "defaults">
    & { defaults: Omit<Plain<NonNullable<Panel["fieldConfig"]>["defaults"]>, "custom"> & { custom?: Partly<Plain<FieldConfig>> } } };
type Shown = Chart<"stat", Stat> | Chart<"timeseries", TimeSeries> | (Plain<RowPanel> & { type: "row" });
export const dashboard: Omit<Plain<Dashboard>, "panels"> & { panels: Shown[] } = `;

it("is a dashboard as Grafana describes it, with options that its panels have", () => {
  expect(typeErrorsOf(TYPES + JSON.stringify(dashboard))).toEqual([]);
});

it("would not pass with an unknown option, unit of time or kind of panel", () => {
  for (const [right, wrong] of [
    ['"displayMode":"list"', '"displayMode":"lists"'],
    ['"placement":', '"place":'],
    ['"type":"stat"', '"type":"statistic"'],
    ['"gridPos":{"h":', '"gridPos":{"high":'],
  ] as const) {
    const changed = JSON.stringify(dashboard).replace(right, wrong);
    expect(typeErrorsOf(TYPES + changed), wrong).not.toEqual([]);
  }
});
