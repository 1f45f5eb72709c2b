import { z } from "zod";
import { countCharacters, isBlank, isStorable } from "./text.ts";

export const uuid = z
  .string()
  .regex(
    /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
    "must be a lower-case UUID",
  );

/** Milliseconds since the epoch, UTC. */
export const timestamp = z.int().nonnegative();

/** A place in a room's time line: 1, 2, 3 … */
export const seq = z.int().min(1);

/** A count of changes; 0 before the first. */
export const rev = z.int().min(0);

/** Opaque to clients. */
export const cursor = z.string().min(1).max(512);

/** A page size: `max` when left out. */
export function pageLimit(max: number) {
  return z.int().min(1).max(max).optional();
}

/**
 * Marks an issue as "over a limit of `session:ready.limits`", so that the answer is `too_large`
 * instead of `bad_request`.
 */
export const OVER_LIMIT = { overLimit: true } as const;

export const NOT_STORABLE = "must not contain NUL or lone surrogates";

/**
 * Text that people wrote: kept as sent, within a number of characters, and not blank. `params` is `OVER_LIMIT` where
 * the number is one of the announced limits.
 */
export function writtenText(charactersMax: number, params: { overLimit?: true } = {}) {
  return z
    .string()
    .refine((text) => countCharacters(text) <= charactersMax, {
      message: `must have at most ${charactersMax} characters`,
      params,
      abort: true,
    })
    .refine((text) => !isBlank(text), { message: "must not be blank" })
    .refine(isStorable, { message: NOT_STORABLE });
}

/** A list bounded by one of the announced limits. */
export function boundedList<Item extends z.ZodType>(item: Item, itemsMax: number) {
  return z.array(item).refine((items) => items.length <= itemsMax, {
    message: `must have at most ${itemsMax} items`,
    params: OVER_LIMIT,
  });
}

const EMOJI_BYTES_MAX = 32;
const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** One grapheme, such as 👍, 👩‍👩‍👧 or 🇰🇷, of at most 32 bytes. */
export const emoji = z
  .string()
  .min(1)
  .refine((text) => new TextEncoder().encode(text).length <= EMOJI_BYTES_MAX, {
    message: `must have at most ${EMOJI_BYTES_MAX} bytes`,
    abort: true,
  })
  .refine((text) => [...graphemes.segment(text)].length === 1 && !isBlank(text), {
    message: "must be one visible character",
  })
  .refine(isStorable, { message: NOT_STORABLE });
