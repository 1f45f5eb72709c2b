/** For whatever is waited for, because a machine may be busy with other things. */
export const PATIENCE_MS = 30_000;

/**
 * What a busy machine may add to a time that is promised, or set. What the time itself comes to is proved
 * with a clock of one's own, beside the code that keeps it; without that code what is waited for never comes.
 */
export const BUSY_MS = 5_000;
