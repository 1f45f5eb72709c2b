import type { Handler } from "./context.ts";

/** Who of these is online, as far as they share a room with the caller; from now on kept up to date. */
export const watchPresence: Handler<"presence:watch"> = async ({ userIds }, context) => ({
  users: await context.presence.watch(context.caller, userIds),
});
