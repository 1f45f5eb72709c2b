import type { Message } from "@moim/protocol";
import type {
  Entry,
  FinalView,
  History,
  Listed,
  People,
  Request,
  StoredMember,
  StoredRoom,
} from "./history.ts";

export const ROOM = "room";
export const OWNER = "owner";
export const GUEST = "guest";
const MEMBERS = [OWNER, "ann", "ben"] as const;
/** Begun with a token that is never renewed. */
export const EXPIRING = "expiring";
/** Whose session is ended half-way. */
export const ENDED = "ended";
const STEP_MS = 200;
const WAY_MS = 5;
const HEALED_AFTER_MS = 3_000;
/** Steps in between are without Redis: on the one node there is, nothing is lost. */
const [BROKEN_FROM, MENDED_FROM] = [32, 50];

export type Invented = History & { readonly endsAt: number };

/**
 * A run of people and servers without a fault, as the dice fall: what they write, change and delete, a guest who
 * comes and goes, announcements that are lost and healed, tokens that are renewed or run out.
 */
export function inventHistory(random: () => number, steps = 60): Invented {
  const story = new Story(random);
  story.begin();
  for (let step = 0; step < steps; step += 1) {
    if (step === BROKEN_FROM) story.breakRedis();
    if (step === MENDED_FROM) story.mendRedis();
    story.step(step === steps / 2);
  }
  return story.end();
}

class Story {
  readonly #random: () => number;
  readonly #entries: Entry[] = [];
  readonly #later: Entry[] = [];
  readonly #messages: Message[] = [];
  readonly #commits: StoredRoom["commits"][number][] = [];
  readonly #hearing = new Map<string, { socket: number; from: number }>();
  readonly #people: string[] = [...MEMBERS, GUEST, EXPIRING, ENDED];
  #now = 1_000_000;
  #written = 0;
  #requests = 0;
  #guestIsIn = false;
  #historyFromSeq = 0;
  #brokenAt: number | undefined;

  constructor(random: () => number) {
    this.#random = random;
  }

  begin(): void {
    for (const [index, userId] of this.#people.entries()) {
      const expiresAt = this.#now + (userId === EXPIRING ? 4_000 : 3_600_000);
      const who = { client: userId, socket: index + 1 };
      this.#note({ kind: "token", at: this.#now, ...who, expiresAt, sessionId: `${userId}'s` });
      const repairs = MEMBERS.includes(userId as (typeof MEMBERS)[number]) || userId === GUEST;
      this.#note({ kind: "ready", at: this.#now, ...who, userId, nodeId: "chat-1", repairs });
    }
    const userIds = [...MEMBERS.slice(1), EXPIRING, ENDED];
    for (const [index, userId] of this.#people.entries()) {
      if (userId !== GUEST) this.#hearing.set(userId, { socket: index + 1, from: 1 });
    }
    this.#commit(this.#newMessage(OWNER, { type: "created", userIds }));
  }

  step(isHalfWay: boolean): void {
    if (!this.#guestIsIn) this.#ask(GUEST, "message:send", "not_found");
    this.#now += STEP_MS;
    this.#runOut();
    if (!this.#hearing.has(EXPIRING)) this.#ask(EXPIRING, "message:page", "token_expired");
    if (isHalfWay) this.#endSession();
    const chance = this.#random();
    if (chance < 0.5) this.#write();
    else if (chance < 0.65) this.#change();
    else if (chance < 0.8) this.#signal();
    else if (chance < 0.9) this.#moveGuest();
    else this.#renew();
  }

  breakRedis(): void {
    this.#brokenAt = this.#now + 1;
  }

  mendRedis(): void {
    const [at, until] = [this.#brokenAt ?? this.#now, this.#now];
    this.#note({ kind: "struck", at, until, fault: "redis paused", nodeId: undefined });
    this.#brokenAt = undefined;
  }

  end(): Invented {
    const endsAt = this.#now + 20_000;
    this.#later.push({ kind: "fault", at: endsAt, what: "the end" });
    const entries = [...this.#entries, ...this.#later]
      .map((entry, index) => ({ entry, index }))
      .sort((one, other) => one.entry.at - other.entry.at || one.index - other.index)
      .map(({ entry }) => entry);
    const members = this.#members();
    const room = {
      ...{ roomId: ROOM, lastSeq: this.#messages.length, rev: this.#commits.length, members },
      ...{ messages: this.#messages, commits: this.#commits },
    };
    return {
      entries,
      rooms: [room],
      views: [...MEMBERS, GUEST].map((who) => this.#viewOf(who)),
      lists: [...MEMBERS, GUEST].map((who) => this.#listedOf(who)),
      people: MEMBERS.flatMap((who) => peopleShownTo(who, members)),
      endsAt,
    };
  }

  #members(): StoredMember[] {
    const from = (userId: string, historyFromSeq: number): StoredMember => {
      return { userId, historyFromSeq, role: userId === OWNER ? "owner" : "member" };
    };
    const members = [...MEMBERS, EXPIRING, ENDED].map((userId) => from(userId, 1));
    return this.#guestIsIn ? [...members, from(GUEST, this.#historyFromSeq)] : members;
  }

  #listedOf(userId: string): Listed {
    const isIn = userId !== GUEST || this.#guestIsIn;
    const lastSeq = this.#messages.length;
    const listing = { title: null, isMuted: false, lastSeq, readSeq: lastSeq, unread: 0 };
    const stored = isIn ? listing : undefined;
    return { client: userId, roomId: ROOM, shown: stored, stored };
  }

  #viewOf(userId: string): FinalView {
    const isIn = userId !== GUEST || this.#guestIsIn;
    const from = userId === GUEST ? this.#historyFromSeq : 1;
    return {
      ...{ client: userId, userId, roomId: ROOM, hasOlder: false, pending: [] },
      state: isIn ? "ready" : "gone",
      messages: isIn ? this.#messages.filter(({ seq }) => seq >= from) : [],
    };
  }

  #write(): void {
    const senderId = this.#someoneOf(MEMBERS);
    const message = this.#newMessage(senderId, null, this.#anyPlace());
    const who = { client: senderId, userId: senderId, roomId: ROOM };
    const clientId = message.clientId ?? "";
    const text = message.text ?? "";
    const { replyTo } = message;
    this.#note({ kind: "sent", at: this.#now - 1, ...who, clientId, text, replyTo });
    this.#ask(senderId, "message:send", "ok", { clientId, text, replyTo });
    this.#commit(message);
    const { seq } = message;
    this.#note({
      kind: "acknowledged",
      at: this.#now + WAY_MS,
      ...who,
      clientId,
      seq,
      duplicate: false,
    });
  }

  #ask(userId: string, event: string, outcome: string, more: Partial<Request> = {}): void {
    this.#requests += 1;
    const socket = this.#people.indexOf(userId) + 1;
    const who = { client: userId, socket, userId };
    const asked = { id: this.#requests, ...who, event, roomId: ROOM, ...more };
    const askedAt = this.#now;
    this.#note({ kind: "asked", at: askedAt, ...asked });
    this.#note({ kind: "answered", at: this.#now + WAY_MS, askedAt, ...asked, outcome });
  }

  /** Now and then somebody answers something. */
  #anyPlace(): number | null {
    if (this.#random() < 0.7) return null;
    return 1 + Math.floor(this.#random() * this.#messages.length);
  }

  #newMessage(senderId: string, notice: object | null, replyTo: number | null = null): Message {
    const seq = this.#messages.length + 1;
    this.#written += 1;
    return {
      ...{ roomId: ROOM, seq, rev: this.#commits.length + 1, kind: notice ? "notice" : "text" },
      ...{ senderId, clientId: notice ? null : `c${this.#written}`, notice, replyTo },
      ...{ text: notice ? null : `text ${this.#written}`, reactions: [], editedAt: null },
      ...{ deletedAt: null, createdAt: this.#now },
    } as Message;
  }

  #change(): void {
    const texts = this.#messages.filter(({ kind, deletedAt }) => kind === "text" && !deletedAt);
    const old = texts[Math.floor(this.#random() * texts.length)];
    if (!old) return;
    const rev = this.#commits.length + 1;
    const edited = { text: `${old.text} again`, editedAt: this.#now };
    const isEdited = this.#random() < 0.8;
    const changed = isEdited ? edited : { text: null, deletedAt: this.#now };
    const { seq, senderId } = old;
    if (isEdited) this.#ask(senderId, "message:edit", "ok", { seq, text: edited.text });
    this.#commit({ ...old, rev, ...changed });
  }

  /** Stored, and told to whoever hears; now and then one of them has to be told to fetch it. */
  #commit(message: Message): void {
    const { seq, rev } = message;
    this.#messages[seq - 1] = message;
    this.#commits.push({ rev, seq, at: this.#now });
    for (const [userId, { socket, from }] of this.#hearing) {
      if (seq < from) continue;
      const who = { client: userId, socket, userId, roomId: ROOM };
      const repairs = userId !== EXPIRING && userId !== ENDED && userId !== GUEST;
      const isLost = this.#random() < 0.05 && repairs && this.#brokenAt === undefined;
      const at = this.#now + WAY_MS + (isLost ? HEALED_AFTER_MS : 0);
      if (isLost) this.#later.push({ kind: "signal", at, ...who, name: "room:head", rev });
      const path = isLost ? "fetched" : "told";
      const arrived: Entry = { kind: "arrived", at: isLost ? at + 1 : at, ...who, path, message };
      if (isLost) this.#later.push(arrived);
      else this.#note(arrived);
    }
  }

  #signal(): void {
    const about = this.#someoneOf(MEMBERS);
    const kind = Math.floor(this.#random() * 4);
    for (const [userId, { socket }] of this.#hearing) {
      if (userId === about) continue;
      const who = { at: this.#now + WAY_MS, client: userId, socket, userId };
      const ofRoom = { ...who, kind: "signal", roomId: ROOM } as const;
      if (kind === 0) this.#note({ ...ofRoom, name: "room:typing", about });
      else if (kind === 1) this.#note({ ...ofRoom, name: "room:read", about, seq: 1 });
      else if (kind === 2)
        this.#note({ ...ofRoom, name: "room:changed", rev: this.#commits.length });
      else this.#note({ ...who, kind: "signal", name: "presence:changed", about });
    }
  }

  #moveGuest(): void {
    const socket = this.#people.indexOf(GUEST) + 1;
    const who = { at: this.#now + 2 * WAY_MS, client: GUEST, socket, userId: GUEST, roomId: ROOM };
    if (!this.#guestIsIn) {
      this.#guestIsIn = true;
      this.#historyFromSeq = this.#messages.length + 1;
      this.#hearing.set(GUEST, { socket, from: this.#historyFromSeq });
      this.#commit(this.#newMessage(OWNER, { type: "invited", userIds: [GUEST] }));
      this.#note({ ...who, kind: "signal", name: "room:added", rev: this.#commits.length });
      return;
    }
    this.#guestIsIn = false;
    this.#hearing.delete(GUEST);
    const leaves = this.#random() < 0.5;
    const type = leaves ? "left" : "removed";
    this.#commit(this.#newMessage(leaves ? GUEST : OWNER, { type, userIds: [GUEST] }));
    if (leaves) this.#note({ ...who, kind: "left" });
    else this.#note({ ...who, kind: "signal", name: "room:removed" });
  }

  #renew(): void {
    const userId = this.#someoneOf(MEMBERS);
    const socket = this.#people.indexOf(userId) + 1;
    const expiresAt = this.#now + 3_600_000;
    const who = { client: userId, socket, sessionId: `${userId}'s` };
    this.#note({ kind: "token", at: this.#now, ...who, expiresAt });
  }

  /** The token that nobody renews. */
  #runOut(): void {
    const held = this.#hearing.get(EXPIRING);
    if (!held || this.#now < 1_000_000 + 4_000) return;
    this.#hearing.delete(EXPIRING);
    const who = { client: EXPIRING, socket: held.socket, userId: EXPIRING };
    this.#note({ kind: "signal", at: this.#now, ...who, name: "token:expired" });
    this.#later.push({ kind: "signal", at: this.#now + 30_000, ...who, name: "session:closed" });
  }

  #endSession(): void {
    const socket = this.#people.indexOf(ENDED) + 1;
    this.#hearing.delete(ENDED);
    const who = { client: ENDED, socket, userId: ENDED };
    this.#note({ kind: "session ended", at: this.#now, sessionId: `${ENDED}'s` });
    this.#note({ kind: "signal", at: this.#now + WAY_MS, ...who, name: "session:closed" });
    this.#note({ kind: "closed", at: this.#now + WAY_MS, client: ENDED, socket });
  }

  #note(entry: Entry): void {
    this.#entries.push(entry);
  }

  #someoneOf(people: readonly string[]): string {
    return people[Math.floor(this.#random() * people.length)] ?? OWNER;
  }
}

function peopleShownTo(userId: string, members: readonly StoredMember[]): People[] {
  const roles = new Map(members.map((member) => [member.userId, member.role]));
  const who = { client: userId, userId, roomId: ROOM };
  return (["rooms", "members"] as const).map((where) => ({ ...who, where, roles }));
}
