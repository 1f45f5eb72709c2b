import type { Message } from "@moim/protocol";
import { AHEAD_CHANGES_MAX } from "../bounds.ts";
import { takeContiguous } from "./contiguous.ts";

/**
 * What is held of one room: the messages from some `seq` up to the newest, and the count of changes
 * up to which they are complete. All functions here are pure; a value never changes.
 *
 * Two rules make every order of arrival end in the server's state:
 * a message is only ever replaced by a state with a higher `rev`, and
 * `rev` only moves when every change in between is held, or an answer of the server says so.
 */
export type Timeline = {
  /** Complete up to here. */
  readonly rev: number;
  /** By `seq`. */
  readonly messages: readonly Message[];
  readonly hasOlder: boolean;
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
    ahead: [],
    head: page.rev,
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
export function trimmed(timeline: Timeline, messagesMax: number): Timeline {
  if (timeline.messages.length <= messagesMax) return timeline;
  return { ...timeline, messages: timeline.messages.slice(-messagesMax), hasOlder: true };
}

/** What lies before the oldest message held is left out: it comes with its page. */
function mergedIntoHeld(timeline: Timeline, changes: readonly Message[]): readonly Message[] {
  const oldest = timeline.messages[0]?.seq ?? 0;
  const within = timeline.hasOlder ? changes.filter(({ seq }) => seq >= oldest) : changes;
  return merged(timeline.messages, within, { onlyHeld: false });
}

function merged(
  messages: readonly Message[],
  changes: readonly Message[],
  { onlyHeld }: { onlyHeld: boolean },
): readonly Message[] {
  if (changes.length === 0) return messages;
  const bySeq = new Map(messages.map((message) => [message.seq, message]));
  for (const change of changes) {
    const held = bySeq.get(change.seq);
    if (held ? held.rev < change.rev : !onlyHeld) bySeq.set(change.seq, change);
  }
  return [...bySeq.values()].sort((one, other) => one.seq - other.seq);
}
