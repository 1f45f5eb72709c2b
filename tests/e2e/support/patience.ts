import { expect } from "vitest";

/** For whatever is waited for; generous, because a machine may be busy with other things. */
export const PATIENCE_MS = 30_000;
const LOOK_EVERY_MS = 50;

/** Reads again and again until the matcher that follows is content. */
export function eventually<Value>(read: () => Value | Promise<Value>, message: string) {
  return expect.poll(read, { message, timeout: PATIENCE_MS, interval: LOOK_EVERY_MS });
}
