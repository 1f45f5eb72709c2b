import type { MoimClient, RoomsView } from "@moim/client";
import type { Me, RoomSummary } from "@moim/protocol";
import { createContext } from "svelte";
import { fromStore } from "svelte/store";
import type { App } from "./app.svelte.ts";
import { Drafts } from "./composer/drafts.ts";
import { KeptWritings } from "./composer/kept-writings.ts";
import { Writing } from "./composer/writing.svelte.ts";
import { Notifier } from "./notifications/notifier.svelte.ts";
import { forgetTold } from "./notifications/turn.ts";
import { filterRooms } from "./rooms/room-filter.ts";
import { othersIn, roomTitle } from "./rooms/room-title.ts";
import { ProfileEdits } from "./settings/profile-edits.svelte.ts";
import { noticeWording } from "./timeline/notice-wording.ts";
import { OftenUsed } from "./timeline/often-used.ts";

/** Everything that lives as long as one person is signed in. */
export class Messenger {
  readonly app: App;
  readonly client: MoimClient;
  readonly #signedInAs: Me;
  readonly drafts: Drafts;
  readonly profileEdits: ProfileEdits;
  readonly oftenUsed: OftenUsed;
  readonly #keptWritings: KeptWritings;
  readonly #writings = new Map<string, Writing>();
  readonly notifier: Notifier;
  readonly #rooms: { readonly current: RoomsView };
  readonly #outboxIsDurable: { readonly current: boolean };

  constructor(app: App, me: Me) {
    this.app = app;
    this.client = app.client;
    app.people.forget();
    this.#signedInAs = me;
    this.drafts = new Drafts(app.storage, app.tabStorage, me.id);
    this.profileEdits = new ProfileEdits(app.tabStorage, me.id);
    this.oftenUsed = new OftenUsed(app.storage, me.id);
    this.#keptWritings = new KeptWritings(app.tabStorage, me.id);
    this.notifier = new Notifier(this);
    this.#rooms = fromStore(app.client.rooms);
    this.#outboxIsDurable = fromStore(app.client.outboxIsDurable);
  }

  /** As the profile is now. */
  get me(): Me {
    const { session } = this.app;
    return session.state === "signed-in" ? session.me : this.#signedInAs;
  }

  get rooms(): RoomsView {
    return this.#rooms.current;
  }

  get outboxIsDurable(): boolean {
    return this.#outboxIsDurable.current;
  }

  /** What is being answered or edited in a room; one goes on with it when one comes back. */
  writingIn(roomId: string): Writing {
    const held = this.#writings.get(roomId) ?? new Writing(roomId, this.#keptWritings);
    this.#writings.set(roomId, held);
    return held;
  }

  titleOf(room: RoomSummary): string {
    return roomTitle(room, this.me.id, this.app.nameOf, this.app.words);
  }

  othersIn(room: RoomSummary): string[] {
    return othersIn(room, this.me.id);
  }

  /** Of the rooms that are loaded, those that the query means, newest activity first. */
  roomsMatching(query: string): RoomSummary[] {
    return filterRooms(this.rooms.rooms, query, (room) => [
      this.titleOf(room),
      ...this.othersIn(room).map(this.app.nameOf),
    ]);
  }

  /** The last message in one line, for the room list. */
  previewOf({ lastMessage }: RoomSummary): string {
    const { words, nameOf } = this.app;
    if (lastMessage === null) return words.noMessageYet;
    if (lastMessage.notice !== null) {
      return noticeWording(lastMessage, this.me.id, nameOf, words.notices);
    }
    if (lastMessage.deletedAt !== null || lastMessage.text === null) return words.deletedMessage;
    return lastMessage.senderId === this.me.id
      ? words.ownPrefix(lastMessage.text)
      : lastMessage.text;
  }

  /** Rejects with `bad_request` where the password is wrong. */
  async deleteAccount(password: string): Promise<void> {
    await this.client.deleteAccount(password);
    this.app.router.replace({ name: "sign-in" });
  }

  /** What was begun and is not finished: texts, edits, the profile. A sign-out deletes all of it. */
  unfinishedCount(): number {
    const profile = this.profileEdits.isEmpty ? 0 : 1;
    return this.drafts.count + this.#keptWritings.editCount + profile;
  }

  /** Signs out and leaves nothing of this person on the device: what was not sent goes, too. */
  async signOut(): Promise<void> {
    this.app.router.replace({ name: "sign-in" });
    await this.app.attempt(() => this.client.signOut());
  }

  /**
   * The page shows it no more. Where somebody has signed out on purpose, in whichever tab, nothing
   * stays; whoever was signed out by the server finds again what they were writing.
   */
  end(): void {
    const { session, storage } = this.app;
    if (session.state !== "signed-out" || session.reason !== "signed-out") return;
    this.drafts.clear();
    this.profileEdits.clear();
    this.oftenUsed.clear();
    this.#keptWritings.clear();
    forgetTold(storage);
  }
}

export const [getMessenger, setMessenger] = createContext<Messenger>();
