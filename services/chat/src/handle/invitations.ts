/** Whom one user brings into rooms: so many at once, and then some a second. */
export interface Invitations {
  /** Throws `rate_limited`, and then takes nothing. */
  take(userId: string, users: number): void;
  giveBack(userId: string, users: number): void;
}

/**
 * Lets somebody bring in as many users as `most` while `work` goes on. In the end only those count whom it did bring
 * in, as it says; none when it fails.
 */
export async function bringingIn<Result>(
  invitations: Invitations,
  { userId, most }: { userId: string; most: number },
  work: () => Promise<{ result: Result; broughtIn: number }>,
): Promise<Result> {
  if (most > 0) invitations.take(userId, most);
  let broughtIn = 0;
  try {
    const done = await work();
    ({ broughtIn } = done);
    return done.result;
  } finally {
    invitations.giveBack(userId, Math.max(0, most - broughtIn));
  }
}
