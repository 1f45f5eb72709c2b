import type { Message } from "@moim/protocol";
import { AHEAD_CHANGES_MAX } from "../bounds.ts";
import { takeContiguous } from "./contiguous.ts";

/**
 * What is held of one room: a window of its messages, from some `seq` to some `seq` without a hole,
 * and the count of changes up to which the window is complete. It usually ends at the newest message;
 * after a jump back it ends before, and changes beyond its ends are left to the pages that reach
 * them. All functions here are pure; a value never changes.
 *
 * Two rules make every order of arrival end in the server's state:
 * a message is only ever replaced by a state with a higher `rev`, and
 * `rev` only moves when every change in between has been taken, or an answer of the server says so.
 */
export type Timeline = {
  /** Complete up to here. */
  readonly rev: number;
  /** By `seq`. */
  readonly messages: readonly Message[];
  readonly hasOlder: boolean;
  /** The window ends before the newest message. */
  readonly hasNewer: boolean;
  /** Changes beyond a gap, by `rev`. */
  readonly ahead: readonly Message[];
  /** The newest `rev` that was heard of. */
  readonly head: number;
};

export type Page = { messages: readonly Message[]; rev: number; hasMore: boolean };
export type Synced = { rev: number; changes: readonly Message[]; reset: boolean };

/** Begins anew. `since`: every change that arrived while the page was on its way. */
export function fromNewestPage(page: Page, since: readonly Message[]): Timeline {
  const loaded: Timeline = {
    rev: page.rev,
    messages: page.messages,
    hasOlder: page.hasMore,
    hasNewer: false,
    ahead: [],
    head: page.rev,
  };
  return withChanges(loaded, since);
}

/**
 * Begins anew at some place: `older` ends there, `newer` goes on right after it. They may have been
 * read at different moments; only the earlier one's `rev` holds for both.
 */
export function fromPagesAround(older: Page, newer: Page, since: readonly Message[]): Timeline {
  const loaded: Timeline = {
    rev: Math.min(older.rev, newer.rev),
    messages: [...older.messages, ...newer.messages],
    hasOlder: older.hasMore,
    hasNewer: newer.hasMore,
    ahead: [],
    head: Math.max(older.rev, newer.rev),
  };
  return withChanges(loaded, since);
}

/**
 * Puts a page in front. `since` as above: the page may have been read before those changes, and
 * they concerned messages that were not held yet, so that nothing else remembers them.
 * A page that does not end right before the oldest message held is dropped.
 */
export function withOlderPage(
  timeline: Timeline,
  before: number,
  page: Page,
  since: readonly Message[],
): Timeline {
  if (timeline.messages[0]?.seq !== before) return timeline;
  const older = merged(
    page.messages,
    since.filter(({ seq }) => seq < before),
    { onlyHeld: true },
  );
  return { ...timeline, messages: [...older, ...timeline.messages], hasOlder: page.hasMore };
}

/**
 * Puts a page behind. `since` as above; where the page reaches the newest message, the messages that
 * came after it are among them. A page that does not begin right after the newest message held is
 * dropped.
 */
export function withNewerPage(
  timeline: Timeline,
  after: number,
  page: Page,
  since: readonly Message[],
): Timeline {
  if (!timeline.hasNewer || timeline.messages.at(-1)?.seq !== after) return timeline;
  const newer = merged(
    page.messages,
    // Beyond a gap they are held in `ahead`: taken now they would leave a hole.
    since.filter(({ seq, rev }) => seq > after && rev <= timeline.rev),
    { onlyHeld: page.hasMore },
  );
  return { ...timeline, messages: [...timeline.messages, ...newer], hasNewer: page.hasMore };
}

/** Changes as they are delivered, in whatever order, any number of times. */
export function withChanges(timeline: Timeline, changes: readonly Message[]): Timeline {
  const { rev, taken, ahead } = takeContiguous(timeline.rev, timeline.ahead, changes);
  if (rev === timeline.rev && ahead.length === timeline.ahead.length) return timeline;
  return {
    ...timeline,
    rev,
    messages: mergedIntoHeld(timeline, taken),
    ahead: ahead.slice(0, AHEAD_CHANGES_MAX),
    head: Math.max(timeline.head, rev, ahead.at(-1)?.rev ?? 0),
  };
}

/** The server says that the room's state is that far. */
export function withHead(timeline: Timeline, rev: number): Timeline {
  return rev <= timeline.head ? timeline : { ...timeline, head: rev };
}

/**
 * The answer to a sync asked with `askedRev`. Its `rev` counts even where changes are missing
 * before it: they concern what this member may not see, or a later one stands for them.
 * "reload" when the difference is not to be had.
 */
export function withSync(
  timeline: Timeline,
  askedRev: number,
  answer: Synced,
): Timeline | "reload" {
  // Meanwhile somewhere else: an answer to another question, the next sync will do.
  if (answer.reset) return timeline.rev === askedRev ? "reload" : timeline;
  // Begun anew since, from a page read before: what lies between is not in this answer.
  if (askedRev > timeline.rev) return withHead(timeline, answer.rev);
  if (answer.rev <= timeline.rev) return timeline;
  const complete: Timeline = {
    ...timeline,
    rev: answer.rev,
    messages: mergedIntoHeld(timeline, answer.changes),
    head: Math.max(timeline.head, answer.rev),
  };
  const { rev, taken, ahead } = takeContiguous(complete.rev, complete.ahead, []);
  return { ...complete, rev, ahead, messages: mergedIntoHeld(complete, taken) };
}

/** Something is known to be missing. */
export function isBehind(timeline: Timeline): boolean {
  return timeline.head > timeline.rev;
}

/** Drops the oldest messages beyond `messagesMax`; they can be paged in again. */
export function withNewest(timeline: Timeline, messagesMax: number): Timeline {
  if (timeline.messages.length <= messagesMax) return timeline;
  return { ...timeline, messages: timeline.messages.slice(-messagesMax), hasOlder: true };
}

/** Drops the newest messages beyond `messagesMax`; they can be paged in again. */
export function withOldest(timeline: Timeline, messagesMax: number): Timeline {
  if (timeline.messages.length <= messagesMax) return timeline;
  return { ...timeline, messages: timeline.messages.slice(0, messagesMax), hasNewer: true };
}

export function messageAt(timeline: Timeline | null, seq: number): Message | undefined {
  const messages = timeline?.messages ?? [];
  const message = messages[placeOf(messages, seq)];
  return message?.seq === seq ? message : undefined;
}

/** What lies beyond the ends of the window is left out: it comes with its page. */
function mergedIntoHeld(timeline: Timeline, changes: readonly Message[]): readonly Message[] {
  const oldest = timeline.hasOlder ? (timeline.messages[0]?.seq ?? 0) : 0;
  const newest = timeline.hasNewer
    ? (timeline.messages.at(-1)?.seq ?? 0)
    : Number.POSITIVE_INFINITY;
  const within = changes.filter(({ seq }) => seq >= oldest && seq <= newest);
  return merged(timeline.messages, within, { onlyHeld: false });
}

function merged(
  messages: readonly Message[],
  changes: readonly Message[],
  { onlyHeld }: { onlyHeld: boolean },
): readonly Message[] {
  if (changes.length === 0) return messages;
  // Nearly always one message behind the last: nothing else is to be looked at.
  const next = [...messages];
  for (const change of changes) {
    const index = placeOf(next, change.seq);
    const held = next[index];
    if (held?.seq !== change.seq) {
      if (!onlyHeld) next.splice(index, 0, change);
    } else if (held.rev < change.rev) next[index] = change;
  }
  return next;
}

/** Where the message with this `seq` is, or belongs. */
function placeOf(messages: readonly Message[], seq: number): number {
  let first = 0;
  let end = messages.length;
  while (first < end) {
    const middle = (first + end) >> 1;
    if ((messages[middle]?.seq ?? 0) < seq) first = middle + 1;
    else end = middle;
  }
  return first;
}
