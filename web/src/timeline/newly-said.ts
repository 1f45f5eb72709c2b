import type { Row } from "./rows.ts";

/** More at once are not worth listening to: the newest are read out. */
const READ_OUT_MAX = 5;

export type Said = { readonly authorId: string; readonly text: string };

/**
 * What others have said after `heardSeq`, oldest first, and how far one has heard then. Nothing where
 * `heardSeq` is null: what stands there when one comes is no news.
 */
export function newlySaid(
  rows: readonly Row[],
  heardSeq: number | null,
): { heard: number | null; bubbles: readonly Said[] } {
  const bubbles: Said[] = [];
  let heard = heardSeq;
  for (let index = rows.length - 1; index >= 0; index--) {
    const row = rows[index];
    if (row?.kind !== "bubble" || row.seq === null) continue;
    if (heardSeq !== null && row.seq <= heardSeq) break;
    heard = Math.max(heard ?? 0, row.seq);
    if (heardSeq === null) break;
    const { authorId, isOwn, text } = row;
    if (!isOwn && text !== null && bubbles.length < READ_OUT_MAX) bubbles.push({ authorId, text });
  }
  return { heard, bubbles: bubbles.reverse() };
}
