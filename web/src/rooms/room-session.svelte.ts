import type { MembersView, OpenRoom, TimelineItem, TimelineView } from "@moim/client";
import type { Member, Message, RoomSummary } from "@moim/protocol";
import { PAGE_LIMITS } from "@moim/protocol/limits";
import { fromStore } from "svelte/store";
import type { App } from "../app.svelte.ts";
import type { Writing } from "../composer/writing.svelte.ts";
import type { Messenger } from "../messenger.svelte.ts";
import { isDeleted } from "../people/people.svelte.ts";
import { notReadBy, type ReadMarks, readMarks } from "../timeline/read-count.ts";
import { type Bubble, type Row, Rows } from "../timeline/rows.ts";

/** One room on the screen, from opening to closing it. */
export class RoomSession {
  readonly roomId: string;
  readonly writing: Writing;
  readonly #open: OpenRoom;
  readonly #view: { readonly current: TimelineView };
  readonly #members: { readonly current: MembersView };
  readonly #typing: { readonly current: readonly string[] };
  readonly #app: App;
  readonly #readerId: string;
  /** Fixed when the room opens: the divider must not move while one reads. Null where nothing is new. */
  #unreadAfterSeq: number | null | undefined = $state();
  /** While nobody looks: what is new then begins after this one, once there is any. */
  #seenSeq: number | null = $state(null);
  #olderFailed = $state(false);
  #newerFailed = $state(false);
  readonly #unfollow: () => void;
  readonly #made: Rows;
  readonly #items: readonly TimelineItem[] = $derived(this.view.items);
  readonly #dividerAfterSeq: number | null = $derived(
    this.#seenSeq !== null && this.#isSaidAfter(this.#seenSeq)
      ? this.#seenSeq
      : (this.#unreadAfterSeq ?? null),
  );
  readonly #rows: readonly Row[] = $derived.by(() =>
    this.#made.of(this.#items, this.#dividerAfterSeq),
  );
  readonly #isLarge: boolean = $derived((this.room?.memberCount ?? 0) > PAGE_LIMITS.summaryMembers);
  /** None in a large room: nobody is told there how far others have read, so any count would be old. */
  readonly #othersMarks: ReadMarks = $derived(
    this.#isLarge ? [] : readMarks(this.members.filter(({ userId }) => this.#mayRead(userId))),
  );
  readonly #nicknames: readonly string[] = $derived(
    this.members.flatMap(({ userId }) => this.#app.people.find(userId)?.nickname || []),
  );
  readonly #isOwner: boolean = $derived(
    this.members.some(({ userId, role }) => userId === this.#readerId && role === "owner"),
  );

  constructor(messenger: Messenger, roomId: string) {
    this.roomId = roomId;
    this.writing = messenger.writingIn(roomId);
    this.#app = messenger.app;
    this.#readerId = messenger.me.id;
    this.#made = new Rows(this.#readerId);
    performance.mark("moim:room-opened", { detail: { roomId } });
    this.#open = messenger.client.openRoom(roomId);
    this.#view = fromStore(this.#open.timeline);
    this.#members = fromStore(this.#open.members);
    this.#typing = fromStore(this.#open.typing);
    this.#unfollow = messenger.client.connection.subscribe(({ state }) => {
      if (state === "ready") this.#tryAgain();
    });
  }

  get view(): TimelineView {
    return this.#view.current;
  }

  get room(): RoomSummary | null {
    return this.view.room;
  }

  get rows(): readonly Row[] {
    return this.#rows;
  }

  /** All of them; as many as the summary names while the rest is being loaded. */
  get members(): readonly Member[] {
    const { state, members } = this.#members.current;
    return state === "ready" ? members : (this.room?.members ?? []);
  }

  /** Ids of those who are writing now. */
  get typing(): readonly string[] {
    return this.#typing.current;
  }

  get olderFailed(): boolean {
    return this.#olderFailed;
  }

  get newerFailed(): boolean {
    return this.#newerFailed;
  }

  /** Who has read what is known, and somebody else could have. */
  get tellsReading(): boolean {
    return this.#othersMarks.length > 0;
  }

  /** What everybody here is called, for finding them in texts. */
  get nicknames(): readonly string[] {
    return this.#nicknames;
  }

  /**
   * How many members have not read this message; its author and the reader, who sees it, have. 0 also
   * where that is not known.
   */
  notReadBy(seq: number): number {
    return notReadBy(this.#othersMarks, seq);
  }

  /**
   * Any message of the room, held or not, as it changes: undefined while it is fetched, null where it is not to
   * be had.
   */
  quoted(seq: number): { readonly current: Message | null | undefined } {
    return fromStore(this.#open.message(seq));
  }

  mayEdit({ isOwn, seq, text }: Bubble): boolean {
    return isOwn && seq !== null && text !== null;
  }

  mayDelete({ isOwn, seq, text }: Bubble): boolean {
    return (isOwn || this.#isOwner) && seq !== null && text !== null;
  }

  /** The own message that the arrow up edits: the newest one that still says something. */
  lastOwn(): Bubble | undefined {
    // After a jump back the newest of what is shown is not the newest there is.
    if (this.view.hasNewer) return undefined;
    return this.rows.findLast((row): row is Bubble => row.kind === "bubble" && this.mayEdit(row));
  }

  /** Decides, once, where the divider stands; call when the room's state is first known. */
  placeDivider(room: RoomSummary): void {
    if (this.#unreadAfterSeq !== undefined) return;
    this.#unreadAfterSeq = room.unread > 0 ? room.readSeq : null;
  }

  /** Whether what follows a message begins within what is held. */
  holdsAfter(seq: number): boolean {
    const [first] = this.view.items;
    if (!this.view.hasOlder || first?.kind !== "message") return true;
    return first.message.seq <= seq + 1;
  }

  /** Has it held, however far back it begins. False where that is not to be had. */
  async seekAfter(seq: number): Promise<boolean> {
    try {
      await this.#open.showAround(seq + 1);
      return true;
    } catch {
      return false;
    }
  }

  get hasDivider(): boolean {
    return this.rows.some(({ kind }) => kind === "unread");
  }

  /**
   * Nobody looks: once others say something, the divider stands before that. `hasSeenAll` is false where
   * what is new already has not been looked at either.
   */
  expectNew(hasSeenAll: boolean): void {
    if (this.#unreadAfterSeq === undefined) return;
    const last = this.view.items.findLast((item) => item.kind === "message");
    if (last?.kind !== "message") return;
    this.#seenSeq = hasSeenAll ? last.message.seq : (this.#unreadAfterSeq ?? last.message.seq);
  }

  /** Somebody looks again: after which message begins what others have said; null where they have not. */
  meetNew(): number | null {
    const seenSeq = this.#seenSeq;
    this.#seenSeq = null;
    if (seenSeq === null || !this.#isSaidAfter(seenSeq)) return null;
    this.#unreadAfterSeq = seenSeq;
    return seenSeq;
  }

  removeDivider(): void {
    this.#unreadAfterSeq = null;
  }

  #isSaidAfter(seq: number): boolean {
    const items = this.#items;
    for (let index = items.length - 1; index >= 0; index--) {
      const item = items[index];
      if (item?.kind !== "message") continue;
      if (item.message.seq <= seq) return false;
      if (item.message.kind === "text" && item.message.senderId !== this.#readerId) return true;
    }
    return false;
  }

  /** Another, whose account is not deleted: such a one would leave its number on everything for ever. */
  #mayRead(userId: string): boolean {
    if (userId === this.#readerId) return false;
    const user = this.#app.people.find(userId);
    return user === null || !isDeleted(user);
  }

  send(text: string): Promise<unknown> {
    const { replyTo } = this.writing;
    return this.#open.send(text, replyTo === undefined ? {} : { replyTo });
  }

  edit(seq: number, text: string): Promise<unknown> {
    return this.#open.edit(seq, text);
  }

  delete(seq: number): Promise<unknown> {
    return this.#open.delete(seq);
  }

  /** Takes one's reaction back where it is there, else adds it. */
  toggleReaction({ seq, reactions }: Bubble, emoji: string): Promise<unknown> {
    if (seq === null) return Promise.resolve();
    const isOn = reactions.some(
      (reaction) => reaction.emoji === emoji && reaction.userIds.includes(this.#readerId),
    );
    return this.#open.react(seq, emoji, !isOn);
  }

  setTyping(typing: boolean): void {
    this.#open.setTyping(typing);
  }

  retry(clientId: string): Promise<void> {
    return this.#open.retry(clientId);
  }

  discard(clientId: string): Promise<void> {
    return this.#open.discard(clientId);
  }

  /** Loads the page before; a failure waits for the user to ask again. */
  async loadOlder(): Promise<void> {
    this.#olderFailed = false;
    try {
      await this.#open.loadOlder();
    } catch {
      this.#olderFailed = true;
    }
  }

  /** Loads the page after, alike. */
  async loadNewer(): Promise<void> {
    this.#newerFailed = false;
    try {
      await this.#open.loadNewer();
    } catch {
      this.#newerFailed = true;
    }
  }

  /** What failed without a network need not be asked for by hand once there is one. */
  #tryAgain(): void {
    if (this.#olderFailed) void this.loadOlder();
    if (this.#newerFailed) void this.loadNewer();
  }

  showAround(seq: number): Promise<void> {
    return this.#open.showAround(seq);
  }

  showNewest(): Promise<void> {
    return this.#open.showNewest();
  }

  reload(): Promise<void> {
    return this.#open.reload();
  }

  markRead(seq: number): void {
    this.#open.markRead(seq);
  }

  /** What lies many screens before the end is let go of. */
  dropOld(): void {
    this.#open.dropOld();
  }

  close(): void {
    this.#unfollow();
    this.#open.close();
  }
}
