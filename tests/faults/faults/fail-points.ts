/** Names of services/chat/src/testing/fail-points.ts, which a test holds these to. */
export const DIE_BEFORE_ANNOUNCING = "die-before-announcing";
export const ANNOUNCE_NOTHING = "announce-nothing";
export const KEEP_TELLING_WHO_LEFT = "keep-telling-who-left";

export const FAIL_POINTS = [
  DIE_BEFORE_ANNOUNCING,
  ANNOUNCE_NOTHING,
  KEEP_TELLING_WHO_LEFT,
] as const;
