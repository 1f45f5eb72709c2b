/** Every bound of this package in one place. Page and text limits are the protocol's. */

/** An event without an answer for this long is given up; a healthy node answers within 5 s. */
export const REQUEST_TIMEOUT_MS = 10_000;
/** From opening a socket to `session:ready`. */
export const READY_TIMEOUT_MS = 10_000;
/** How long a command (create, invite, leave …) waits for a connection and repeats itself. */
export const COMMAND_TIMEOUT_MS = 20_000;
/** Less where the platform says that there is no network: whoever pressed a button is told soon. */
export const OFFLINE_COMMAND_TIMEOUT_MS = 3_000;
/** A group that was asked for without an answer is not made a second time when asked for again so soon. */
export const UNANSWERED_GROUP_MS = 60_000;
/** An HTTP request without an answer for this long is given up. */
export const HTTP_TIMEOUT_MS = 15_000;
/** A connection that must prove that it lives (after sleep, a change of network) has this long. */
export const PROBE_TIMEOUT_MS = 3_000;
/** Less where the platform says that there is no network: it is right nearly always. */
export const OFFLINE_PROBE_TIMEOUT_MS = 1_500;

/** Full jitter: a wait is random between 0 and `BACKOFF_FIRST_MS` × 2^attempt, at most the maximum. */
export const BACKOFF_FIRST_MS = 500;
export const BACKOFF_MAX_MS = 30_000;
/** At least, after a refusal that time alone will hardly change; sooner when the user comes back. */
export const REFUSED_RETRY_MS = 60_000;
/** A connection counts as a success, and resets the backoff, once it has been ready this long. */
export const STABLE_AFTER_MS = 5_000;
/** A server that drains and closes first is left within this time, at a random moment. */
export const DRAIN_SPREAD_MS = 1_000;

/** Share of a token's lifetime after which it is renewed. */
export const RENEW_AFTER_SHARE = 0.8;
/** A token this close to its end, or a tenth of its lifetime if that is less, counts as expired. */
export const TOKEN_MARGIN_MS = 1_000;
/** Another tab that holds a lock this long is taken for frozen; the server's rules make that safe. */
export const LOCK_WAIT_MS = 5_000;

/** Messages of one user that wait to be sent, over all rooms. */
export const OUTBOX_ENTRIES_MAX = 1_000;
/** `internal` answers to one message before it is shown as failed instead of blocking its room. */
export const OUTBOX_INTERNAL_ERRORS_MAX = 5;
/** A message typed in another tab is left to that tab for this long. */
export const OTHER_TAB_FIRST_MS = 3_000;
/** Storage that takes longer than this is given up for memory. */
export const STORAGE_TIMEOUT_MS = 3_000;

/** How long changes ahead of the next expected one wait for it before it is fetched. */
export const AHEAD_WAIT_MS = 300;
/**
 * What a list of members waits for, half of it to half as much again, once the room is said to be further: all who are
 * in it hear that at once, and of the next change soon.
 */
export const MEMBERS_HEAD_WAIT_MS = 2_000;
/** Changes kept ahead of a gap, per room; the newest are dropped, for the gap is fetched anyway. */
export const AHEAD_CHANGES_MAX = 1_000;
/** Messages in a page of history. */
export const TIMELINE_PAGE = 50;
/** Messages on each side of a place that is jumped to. */
export const AROUND_PAGE = 25;
/** Messages kept of a room on the screen: some megabytes. Beyond, the end further away is dropped. */
export const OPEN_ROOM_MESSAGES_MAX = 10_000;
/** Messages kept of a room whose newest one is being looked at: many screens of them … */
export const WATCHED_ROOM_MESSAGES_KEPT = 500;
/** … once so many are held: dropping some with each message would be work for each message. */
export const WATCHED_ROOM_MESSAGES_MAX = 1_000;
/** Single messages kept per room for quotes of what lies outside of the window. */
export const QUOTED_MESSAGES_MAX = 100;
/** Messages kept of a room that is not on the screen. */
export const CLOSED_ROOM_MESSAGES_MAX = 200;
/** Rooms whose messages are kept though they are not on the screen. */
export const CLOSED_ROOMS_MAX = 20;

/** Rooms that are read again after a reconnect; the rest of a longer list is paged in anew. */
export const ROOMS_RELOADED_MAX = 200;
/** Reads are collected this long before the server hears of them. */
export const READ_DEBOUNCE_MS = 300;

/** User ids are collected this long, then asked for together. */
export const USERS_BATCH_WAIT_MS = 20;
/** Nothing tells of a new name or picture: whoever is on the screen is asked for again after this long … */
export const USERS_REFRESH_EVERY_MS = 180_000;
/** … and after a reconnect or a change of what is looked at, at a random moment within this time … */
export const USERS_REFRESH_SPREAD_MS = 3_000;
/** … unless the last answer is younger than this. */
export const USERS_FRESH_MS = 30_000;
/** Users kept; the longest unused are dropped. */
export const USERS_CACHED_MAX = 2_000;

/** Somebody who typed is forgotten after this long without a repeat. */
export const TYPING_FORGOTTEN_MS = 6_000;
/** Whoever goes on typing says so again after this long. */
export const TYPING_REPEAT_MS = 4_000;
/** The server passes no more than one in this time. */
export const TYPING_PACE_MS = 2_000;

/** Changes of who is watched are collected this long, then told together. */
export const PRESENCE_BATCH_WAIT_MS = 50;
/** Without a connection for this long, nobody is said to be online: a short break is not to be seen. */
export const PRESENCE_KEPT_MS = 10_000;

/** What is on the screen is kept for next time this long after it has changed. */
export const CACHE_WRITE_WAIT_MS = 1_000;
/** Of the room list; further rooms need a network. */
export const CACHED_ROOMS_MAX = 100;
/** Newest messages kept of one room. */
export const CACHED_MESSAGES_MAX = 50;
/** Rooms whose messages are kept over reloads. */
export const CACHED_TIMELINES_MAX = 20;
export const CACHED_USERS_MAX = 500;
/** Without an answer after this long, the session kept from last time is shown, and verified later. */
export const RESTORE_PATIENCE_MS = 1_500;
