/** What is looked at of a `TimelineItem`. */
export type ShownItem =
  | { kind: "message"; message: { seq: number; clientId: string | null } }
  | { kind: "pending"; pending: { clientId: string } };

export type Misshown = {
  violation: "doubled" | "outOfOrder";
  /** In words, and the same ones as long as it is shown. */
  what: string;
};

/** What nobody may ever see of one room: a message twice, beside its own pending bubble, or above an earlier one. */
export function misshown(items: readonly ShownItem[]): Misshown[] {
  const found: Misshown[] = [];
  const seqs = new Set<number>();
  const clientIds = new Set<string>();
  let lastSeq = 0;
  for (const item of items) {
    const { clientId } = item.kind === "message" ? item.message : item.pending;
    const isOwnTwice = clientId !== null && clientIds.has(clientId);
    if (clientId !== null) clientIds.add(clientId);
    if (item.kind === "pending") {
      if (isOwnTwice) found.push({ violation: "doubled", what: `the pending ${clientId} twice` });
      continue;
    }
    const { seq } = item.message;
    if (isOwnTwice || seqs.has(seq)) {
      found.push({ violation: "doubled", what: `message ${seq} twice` });
    } else if (seq < lastSeq) {
      found.push({ violation: "outOfOrder", what: `message ${seq} below ${lastSeq}` });
    }
    seqs.add(seq);
    lastSeq = seq;
  }
  return found;
}
