import { PAGE_LIMITS } from "@moim/protocol";
import { searchMessages } from "../persist/search-messages.ts";
import type { Handler } from "./context.ts";
import { decodeCursor, encodeCursor, searchCursor } from "./cursor.ts";

/** Some 0.35 s of reading where hardly any is in memory; most people can see fewer in all. */
export const MESSAGES_PER_SEARCH = 100_000;

export const search: Handler<"message:search"> = async (request, { caller, ...context }) => {
  const { query, roomId, limit = PAGE_LIMITS.search } = request;
  const after = request.cursor === undefined ? null : decodeCursor(searchCursor, request.cursor);
  const { messages, next } = await context.searches.pass(caller.userId, (leftMs) =>
    searchMessages(context.database, caller.userId, {
      query,
      roomId,
      after,
      limit,
      messagesMax: MESSAGES_PER_SEARCH,
      leftMs,
    }),
  );
  return { messages, nextCursor: next && encodeCursor(next) };
};
