// Every bound of presence in one place. Nothing here may ever slow a message down.

/** A disconnect that is made good sooner never happened: reloads, lifts, a node that leaves. */
export const ABSENT_AFTER_MS = 10_000;

/** Each node says this often that it lives, and which of its announcements was the newest. */
export const BEAT_INTERVAL_MS = 10_000;
/**
 * Three beats missed: the node is dead. With the interval at which this is looked at and the time
 * that the database may take, its users are offline well within the 60 s of the contract.
 */
export const NODE_SILENT_AFTER_MS = 35_000;

/** Comings and goings of this time are announced to the other nodes as one. */
export const ANNOUNCE_DELAY_MS = 100;
/** A node repeats its whole state at most this often, and asks for another's at most this often. */
export const STATE_PACE_MS = 1_000;
/** Users in one part of a state: some 40 KB, so that messages find their way between the parts. */
export const STATE_PART_USERS = 1_000;

/** Changes of this time are told to watchers together. */
export const TELL_DELAY_MS = 100;
/** After the database failed, or while sockets take no writes. */
export const TELL_RETRY_MS = 1_000;
/** Pairs of watcher and watched that are told in one go. */
export const TELL_PAIRS_MAX = 1_000;

/** Pairs of watcher and watched, checked for a common room by one statement. */
export const PAIRS_PER_STATEMENT = 1_000;
/** A hundred of the largest questions, some 2 s; whoever comes then is told to try again. */
export const PAIRS_WAITING_MAX = 20_000;

/** Times of last being seen gather this long before they are written. */
export const LAST_SEEN_DELAY_MS = 1_000;
/** Rows of one statement. */
export const LAST_SEEN_ROWS = 1_000;
/** What may wait while the database does not answer; the oldest go first. */
export const LAST_SEEN_WAITING_MAX = 100_000;
/** How much of a time of last being seen is lost when every node is killed at once. */
export const LAST_SEEN_CHECKPOINT_MS = 300_000;
