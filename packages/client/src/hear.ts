import type { PayloadOf } from "@moim/protocol";
import type { ServerEvent } from "./connection/live-socket.ts";
import type { Surroundings } from "./options.ts";
import type { SignedIn } from "./signed-in.ts";

/** Hands what the server sent to whom it concerns. Events of a newer server concern nobody. */
export function hear(
  { name, payload }: ServerEvent,
  signedIn: SignedIn,
  log: Surroundings["log"],
): void {
  switch (name) {
    case "room:changes": {
      const { roomId, changes } = payload as PayloadOf<"room:changes">;
      signedIn.receive(roomId, changes);
      signedIn.outbox.committedIn(roomId);
      return;
    }
    case "room:head": {
      const { roomId, rev } = payload as PayloadOf<"room:head">;
      signedIn.timelines.get(roomId)?.head(rev);
      signedIn.rooms.head(roomId, rev);
      signedIn.people.head(roomId, rev);
      return;
    }
    case "resync":
      signedIn.catchUp();
      return;
    case "room:added": {
      const { room } = payload as PayloadOf<"room:added">;
      signedIn.rooms.added(room);
      signedIn.timelines.get(room.id)?.returned();
      signedIn.people.changed(room);
      signedIn.presence.renew();
      return;
    }
    case "room:removed": {
      const { roomId } = payload as PayloadOf<"room:removed">;
      signedIn.removed(roomId);
      return;
    }
    case "room:changed":
      signedIn.changed((payload as PayloadOf<"room:changed">).room);
      return;
    case "room:read":
      signedIn.rooms.read(payload as PayloadOf<"room:read">);
      signedIn.people.read(payload as PayloadOf<"room:read">);
      return;
    case "room:typing":
      signedIn.people.typing(payload as PayloadOf<"room:typing">);
      return;
    case "presence:changed":
      signedIn.presence.changed(payload as PayloadOf<"presence:changed">);
      return;
    case "event:rejected":
      log("event:rejected", { payload });
      return;
  }
}
