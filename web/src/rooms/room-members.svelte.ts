import type { MembersView, OpenRoom } from "@moim/client";
import type { Member, RoomSummary } from "@moim/protocol";
import { fromStore } from "svelte/store";
import type { Messenger } from "../messenger.svelte.ts";

/** Everybody in a room, for as long as something on the screen needs to know. */
export class RoomMembers {
  readonly #open: OpenRoom;
  readonly #view: { readonly current: MembersView };

  constructor(messenger: Messenger, roomId: string) {
    this.#open = messenger.client.openRoom(roomId);
    this.#view = fromStore(this.#open.members);
  }

  /** All of them once they are loaded; until then those whom the summary names. */
  of(room: RoomSummary): readonly Member[] {
    const { state, members } = this.#view.current;
    return state === "ready" ? members : room.members;
  }

  get state(): MembersView["state"] {
    return this.#view.current.state;
  }

  close(): void {
    this.#open.close();
  }
}
