import type { Handler } from "./context.ts";

/**
 * Stored, numbered and announced together with whatever else is sent at the same moment; answered
 * after the commit. A repeat is announced again: the first announcement may have died with a node.
 */
export const sendMessage: Handler<"message:send"> = (request, { caller, messages }) =>
  messages.append({
    roomId: request.roomId,
    senderId: caller.userId,
    clientId: request.clientId,
    text: request.text,
    replyTo: request.replyTo ?? null,
  });
