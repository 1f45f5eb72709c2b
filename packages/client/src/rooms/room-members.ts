import type { Member, Message, PayloadOf, Room } from "@moim/protocol";
import { PAGE_LIMITS } from "@moim/protocol/limits";
import type { MembersView, Readable } from "../api.ts";
import { backoffMs } from "../backoff.ts";
import { MEMBERS_HEAD_WAIT_MS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { Requests } from "../connection/requests.ts";
import { MoimError } from "../moim-error.ts";
import { Value } from "../value.ts";

export type RoomMembersParts = {
  roomId: string;
  requests: Requests;
  clock: Clock;
  random: () => number;
};

/**
 * All members of one room, page by page. Nothing is asked for before somebody subscribes; from then
 * on the list is kept live, and read anew where it may have changed.
 */
export class RoomMembers implements Readable<MembersView> {
  readonly #parts: RoomMembersParts;
  readonly #view = new Value<MembersView>({ state: "loading", members: [] });
  /** How far somebody has read, heard while pages were on their way. */
  readonly #readSeqs = new Map<string, number>();
  /** How far the latest word goes. */
  #rev = 0;
  #loading: Promise<void> | null = null;
  #isStale = true;
  #attempt = 0;
  #cancelRetry: () => void = () => {};
  /** Null while no head waits to be followed. */
  #cancelHead: (() => void) | null = null;
  #isStopped = false;

  constructor(parts: RoomMembersParts) {
    this.#parts = parts;
  }

  get current(): MembersView {
    return this.#view.current;
  }

  subscribe(listener: (view: MembersView) => void): () => void {
    const unsubscribe = this.#view.subscribe(listener);
    this.#loadIfStale();
    return unsubscribe;
  }

  /** The connection is ready, or deliveries may have been missed. */
  catchUp(): void {
    this.#isStale = true;
    this.#loadIfStale();
  }

  /**
   * The room is so far, and who is in it may have changed without a word that arrived. Most heads are of something
   * else: the list is read once for all that come within some seconds.
   */
  head(rev: number): void {
    if (rev <= this.#rev) return;
    this.#rev = rev;
    const { clock, random } = this.#parts;
    this.#cancelHead ??= clock.after(MEMBERS_HEAD_WAIT_MS * (0.5 + random()), () => {
      this.#cancelHead = null;
      this.#isStale = true;
      // What could not be had waits for its own time.
      if (this.#attempt === 0) this.#loadIfStale();
    });
  }

  /** Who is in the room may have changed. Two nodes' words come in any order: the older one says nothing. */
  changed(room: Room): void {
    if (room.rev < this.#rev) return;
    this.#rev = room.rev;
    const isAll = room.memberCount === room.members.length;
    if (isAll) this.#show("ready", room.members);
    // A page on its way may have been read before.
    if (!isAll || this.#loading) this.catchUp();
    else this.#settle();
  }

  read({ userId, seq }: Pick<PayloadOf<"room:read">, "userId" | "seq">): void {
    if (this.#loading) this.#readSeqs.set(userId, Math.max(seq, this.#readSeqs.get(userId) ?? 0));
    const { state, members } = this.#view.current;
    const held = members.find((member) => member.userId === userId);
    if (!held || held.readSeq >= seq) return;
    const moved = members.map((member) => (member === held ? { ...member, readSeq: seq } : member));
    this.#view.set({ state, members: moved });
  }

  /** Whoever writes has read what was before. */
  receive(changes: readonly Message[]): void {
    for (const { kind, senderId, seq } of changes) {
      if (kind === "text") this.read({ userId: senderId, seq });
    }
  }

  gone(): void {
    this.#cancelTimers();
    this.#isStale = true;
    this.#rev = 0;
    this.#view.set({ state: "failed", members: [] });
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelTimers();
  }

  /** All that was said is in view: nothing is waited for. */
  #settle(): void {
    this.#isStale = false;
    this.#attempt = 0;
    this.#cancelTimers();
  }

  #cancelTimers(): void {
    this.#cancelRetry();
    this.#cancelHead?.();
    this.#cancelHead = null;
  }

  #loadIfStale(): void {
    if (!this.#isStale || !this.#view.isWatched || this.#isStopped) return;
    if (!this.#parts.requests.isReady()) return;
    this.#loading ??= this.#load().finally(() => {
      this.#loading = null;
      this.#readSeqs.clear();
      // Changed while it was read.
      if (this.#attempt === 0) this.#loadIfStale();
    });
  }

  async #load(): Promise<void> {
    this.#isStale = false;
    // What was said before is part of the answer.
    this.#cancelTimers();
    try {
      const members = await this.#readPages();
      if (this.#isStopped) return;
      this.#attempt = 0;
      this.#show("ready", members);
    } catch (caught) {
      this.#isStale = true;
      this.#afterFailure(MoimError.from(caught));
    }
  }

  async #readPages(): Promise<Member[]> {
    const { roomId, requests } = this.#parts;
    const members = new Map<string, Member>();
    let cursor: string | null = null;
    do {
      const request = {
        roomId,
        limit: PAGE_LIMITS.members,
        ...(cursor === null ? {} : { cursor }),
      };
      const page: { members: Member[]; nextCursor: string | null } = await requests.request(
        "room:members",
        request,
      );
      for (const member of page.members) members.set(member.userId, member);
      cursor = page.nextCursor;
    } while (cursor !== null);
    return [...members.values()];
  }

  #afterFailure(error: MoimError): void {
    if (this.#isStopped) return;
    this.#attempt++;
    if (!error.retryable) this.#show("failed", []);
    if (!error.retryable || !this.#parts.requests.isReady()) return;
    const waitMs = Math.max(backoffMs(this.#attempt, this.#parts.random), error.retryAfterMs ?? 0);
    this.#cancelRetry = this.#parts.clock.after(waitMs, () => this.#loadIfStale());
  }

  /** What has been read stays read, also where the page is older. */
  #show(state: MembersView["state"], members: readonly Member[]): void {
    const known = new Map(this.#view.current.members.map((held) => [held.userId, held.readSeq]));
    const merged = members.map((member) => {
      const heard = this.#readSeqs.get(member.userId) ?? 0;
      const readSeq = Math.max(member.readSeq, heard, known.get(member.userId) ?? 0);
      return { ...member, readSeq };
    });
    this.#view.set({ state, members: merged });
  }
}
