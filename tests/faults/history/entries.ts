import type { Entry, EntryOf } from "./history.ts";

export { groupBy } from "@moim/local";

export function entriesOf<Kind extends Entry["kind"]>(
  entries: readonly Entry[],
  kind: Kind,
): EntryOf<Kind>[] {
  return entries.filter((entry): entry is EntryOf<Kind> => entry.kind === kind);
}
