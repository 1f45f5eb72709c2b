import type { ClientEventName } from "@moim/protocol";
import type { Handler } from "./context.ts";
import { createRoom } from "./create-room.ts";
import { get, inviteUsers, leaveRoom, list, read } from "./rooms.ts";
import { sendMessage } from "./send-message.ts";
import { page, sync } from "./timeline.ts";

/** Every client event but `token:renew`, which belongs to the socket itself. */
export type HandledEventName = Exclude<ClientEventName, "token:renew">;

export const handlers: { [Name in HandledEventName]: Handler<Name> } = {
  "room:create": createRoom,
  "room:list": list,
  "room:get": get,
  "room:invite": inviteUsers,
  "room:leave": leaveRoom,
  "room:read": read,
  "message:send": sendMessage,
  "message:page": page,
  "room:sync": sync,
};
