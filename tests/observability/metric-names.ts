/** Words of PromQL that look like names of metrics. */
const KEYWORDS = new Set([
  "by",
  "without",
  "on",
  "ignoring",
  "and",
  "or",
  "unless",
  "bool",
  "offset",
]);
const GROUPING = /\b(?:by|without|on|ignoring)\s*\([^)]*\)/g;

/** The metrics that an expression of PromQL reads. */
export function metricsOf(expression: string): string[] {
  const bare = expression
    .replaceAll(/\{[^}]*\}/g, "")
    .replaceAll(/\[[^\]]*\]/g, "")
    .replaceAll(/\boffset\s+\S+/g, "")
    .replaceAll(GROUPING, "");
  const names = [...bare.matchAll(/[a-zA-Z_:][a-zA-Z0-9_:]*(?!\w*\s*\()/g)].map(([name]) => name);
  return [...new Set(names.filter((name) => !KEYWORDS.has(name)))];
}

/** Every name of a sample that a `/metrics` page announces, be there samples of it yet or not. */
export function exportedNames(page: string): string[] {
  return [...page.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name = "", type]) =>
    type === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  );
}

/**
 * The counters of which an expression takes only those with one label (`outcome="internal"`). Buckets and
 * the like stay out: a histogram whose labels are not known beforehand begins with its first event.
 */
export function countedSeries(expression: string): { name: string; label: string }[] {
  return [...expression.matchAll(/\b(moim_\w+_total)\{(\w+="[^"]*")\}\[/g)].map(
    ([, name = "", label = ""]) => ({ name, label }),
  );
}
