import type { MoimClient } from "@moim/client";

/** A name that has not come by then is not waited for. */
const NAME_PATIENCE_MS = 1_500;

/** Resolves once it is known what somebody is called, or when that takes too long. */
export function nameIsKnown(client: Pick<MoimClient, "user">, userId: string): Promise<void> {
  return new Promise((resolve) => {
    let isKnown = false;
    let unsubscribe = () => {};
    const end = () => {
      unsubscribe();
      resolve();
    };
    const timer = setTimeout(end, NAME_PATIENCE_MS);
    unsubscribe = client.user(userId).subscribe((user) => {
      if (user === null || isKnown) return;
      isKnown = true;
      clearTimeout(timer);
      // Not at once: a listener is called before `subscribe` has answered.
      queueMicrotask(end);
    });
  });
}
