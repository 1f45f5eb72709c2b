import {
  deleteMessage,
  editMessage,
  type MessageChange,
  reactToMessage,
} from "../persist/change-message.ts";
import type { Context, Handler } from "./context.ts";
import { asOwner } from "./ownership.ts";

export const edit: Handler<"message:edit"> = async ({ text, ...place }, context) =>
  told(await editMessage(context.database, place, context.caller.userId, text), context);

export const erase: Handler<"message:delete"> = async (place, context) =>
  told(
    await asOwner(context, place.roomId, () =>
      deleteMessage(context.database, place, context.caller.userId),
    ),
    context,
  );

export const react: Handler<"message:react"> = async ({ emoji, on, ...place }, context) => {
  const { caller, database } = context;
  return told(await reactToMessage(database, place, caller.userId, { emoji, on }), context);
};

function told({ message, changed }: MessageChange, { publisher }: Context) {
  if (changed) publisher.timelineChanged(message.roomId, [message]);
  return { message };
}
