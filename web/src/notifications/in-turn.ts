/**
 * Nobody waits for a notification as for an answer, and a tab of a busy machine is not to be taken for one that
 * the browser has frozen.
 */
const TURN_WAIT_MS = 30_000;

/**
 * One after the other in all tabs, as far as they are awake: a tab that was frozen in its turn, or in which the browser
 * never answers, would otherwise silence all others for good.
 */
export async function inTurn<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  const { locks } = navigator;
  if (locks === undefined) return work();
  const waiting = new AbortController();
  const timer = setTimeout(() => waiting.abort(), TURN_WAIT_MS);
  let hasBegun = false;
  try {
    return await locks.request(name, { signal: waiting.signal }, () => {
      hasBegun = true;
      clearTimeout(timer);
      return work();
    });
  } catch (error) {
    if (hasBegun) throw error;
    return work();
  } finally {
    clearTimeout(timer);
  }
}
