/** Names of services/chat/src/testing/fail-points.ts, which a test holds these to. */
export const DIE_BEFORE_ANNOUNCING = "die-before-announcing";
export const ANNOUNCE_NOTHING = "announce-nothing";
export const LOOK_FOR_NOTHING = "look-for-nothing";
export const KEEP_TELLING_WHO_LEFT = "keep-telling-who-left";
export const FORGET_EXPIRY = "forget-expiry";
export const REFUSE_SOME_SENDS = "refuse-some-sends";
export const STORE_OTHER_WORDS = "store-other-words";
export const TELL_OUT_OF_ORDER = "tell-out-of-order";

export const FAIL_POINTS = [
  ...[DIE_BEFORE_ANNOUNCING, ANNOUNCE_NOTHING, LOOK_FOR_NOTHING],
  ...[KEEP_TELLING_WHO_LEFT, FORGET_EXPIRY, REFUSE_SOME_SENDS],
  ...[STORE_OTHER_WORDS, TELL_OUT_OF_ORDER],
] as const;
