import type { ClientEventName } from "@moim/protocol";
import { edit, erase, react } from "./change-message.ts";
import type { Handler } from "./context.ts";
import { createRoom } from "./create-room.ts";
import { watchPresence } from "./presence.ts";
import {
  get,
  inviteUsers,
  leaveRoom,
  list,
  members,
  mute,
  read,
  removeMember,
  rename,
} from "./rooms.ts";
import { search } from "./search.ts";
import { sendMessage } from "./send-message.ts";
import { page, sync } from "./timeline.ts";
import { typing } from "./typing.ts";

/** Every client event but `token:renew`, which belongs to the socket itself. */
export type HandledEventName = Exclude<ClientEventName, "token:renew">;

export const handlers: { [Name in HandledEventName]: Handler<Name> } = {
  "room:create": createRoom,
  "room:list": list,
  "room:get": get,
  "room:members": members,
  "room:invite": inviteUsers,
  "room:rename": rename,
  "room:remove": removeMember,
  "room:leave": leaveRoom,
  "room:mute": mute,
  "room:read": read,
  "room:typing": typing,
  "message:send": sendMessage,
  "message:edit": edit,
  "message:delete": erase,
  "message:react": react,
  "message:page": page,
  "message:search": search,
  "room:sync": sync,
  "presence:watch": watchPresence,
};
