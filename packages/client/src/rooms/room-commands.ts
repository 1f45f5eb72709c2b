import type { ClientEventName, DataOf, RequestOf, Room } from "@moim/protocol";
import { UNANSWERED_GROUP_MS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import { MoimError } from "../moim-error.ts";

/** What the answers to commands change. */
export type CommandedRooms = {
  /** Waits for a connection; `onRepeat` is told before a request goes out again. */
  command<Name extends ClientEventName>(
    name: Name,
    request: RequestOf<Name>,
    onRepeat?: () => void,
  ): Promise<DataOf<Name>>;
  readonly rooms: {
    get(roomId: string): Pick<Room, "kind"> | null;
    ensure(roomId: string): void;
    added(room: Room): void;
    muted(roomId: string, muted: boolean): void;
  };
  changed(room: Room): void;
  removed(roomId: string): void;
};

type NewGroup = { title?: string; userIds: readonly string[] };
type UnansweredGroup = {
  readonly asked: string;
  readonly clientId: string;
  /** Whoever asks for the same later means another one. */
  readonly untilMs: number;
};

/** What a person does with whole rooms. Rejects with `MoimError`; what it changes is seen at once. */
export class RoomCommands {
  readonly #own: CommandedRooms;
  readonly #clock: Pick<Clock, "now">;
  readonly #newClientId: () => string;
  /** A group that was asked for without an answer: it may be there, and is not made a second time. */
  #unanswered: UnansweredGroup | null = null;

  constructor(own: CommandedRooms, clock: Pick<Clock, "now">, newClientId: () => string) {
    this.#own = own;
    this.#clock = clock;
    this.#newClientId = newClientId;
  }

  async createDirect(userId: string): Promise<string> {
    const { room } = await this.#own.command("room:create", { kind: "direct", userId });
    this.#own.rooms.ensure(room.id);
    return room.id;
  }

  async createGroup(group: NewGroup): Promise<string> {
    // Of the same people, in whatever order they were chosen.
    const asked = JSON.stringify([group.title, [...group.userIds].sort()]);
    const before = this.#unanswered?.asked === asked ? this.#unanswered : null;
    const isRepeat = before !== null && this.#clock.now() < before.untilMs;
    const clientId = isRepeat ? before.clientId : this.#newClientId();
    try {
      const room = await this.#makeGroup(group, clientId);
      this.#unanswered = null;
      return room.id;
    } catch (caught) {
      const error = MoimError.from(caught);
      const untilMs = this.#clock.now() + UNANSWERED_GROUP_MS;
      this.#unanswered = error.retryable ? { asked, clientId, untilMs } : null;
      // It had been made, and this person has left it since: they want another one.
      if (isRepeat && error.code === "not_found") return this.createGroup(group);
      throw error;
    }
  }

  async #makeGroup({ title, userIds }: NewGroup, clientId: string): Promise<Room> {
    const { room } = await this.#own.command("room:create", {
      kind: "group",
      clientId,
      userIds: [...userIds],
      ...(title === undefined ? {} : { title }),
    });
    this.#own.rooms.added(room);
    return room;
  }

  async invite(roomId: string, userIds: readonly string[]): Promise<void> {
    const { room } = await this.#own.command("room:invite", { roomId, userIds: [...userIds] });
    this.#own.changed(room);
  }

  async rename(roomId: string, title: string): Promise<void> {
    const { room } = await this.#own.command("room:rename", { roomId, title });
    this.#own.changed(room);
  }

  async setMuted(roomId: string, muted: boolean): Promise<void> {
    await this.#own.command("room:mute", { roomId, muted });
    this.#own.rooms.muted(roomId, muted);
  }

  removeMember(roomId: string, userId: string): Promise<void> {
    return this.#onceOnly("room:remove", { roomId, userId });
  }

  async leave(roomId: string): Promise<void> {
    const isDirect = this.#own.rooms.get(roomId)?.kind === "direct";
    await this.#onceOnly("room:leave", { roomId });
    // A direct room may have come back before the answer: it goes by what the server says before that.
    if (!isDirect) this.#own.removed(roomId);
  }

  /** For what cannot be done twice: the answer to an earlier attempt was lost, it had taken effect. */
  async #onceOnly<Name extends "room:leave" | "room:remove">(
    name: Name,
    request: RequestOf<Name>,
  ): Promise<void> {
    let mayBeDone = false;
    try {
      await this.#own.command(name, request, () => {
        mayBeDone = true;
      });
    } catch (caught) {
      const error = MoimError.from(caught);
      if (error.code !== "not_found" || !mayBeDone) throw error;
    }
  }
}
