import type { Message, PayloadOf, Room } from "@moim/protocol";
import type { Clock } from "../clock.ts";
import type { Requests } from "../connection/requests.ts";
import { RoomMembers } from "./room-members.ts";
import { TypingUsers } from "./typing.ts";
import { TypingSignal } from "./typing-signal.ts";

export type PeopleInRoomsParts = {
  ownUserId: string;
  requests: Requests;
  clock: Clock;
  random: () => number;
};

/** Who else is in a room that is on the screen: its members, and who of them types. */
export type RoomPeople = { members: RoomMembers; typing: TypingUsers; signal: TypingSignal };

/** The people of the rooms on the screen, and of no others. */
export class PeopleInRooms {
  readonly #parts: PeopleInRoomsParts;
  readonly #rooms = new Map<string, RoomPeople & { uses: number }>();

  constructor(parts: PeopleInRoomsParts) {
    this.#parts = parts;
  }

  /** Each use is ended by one `close`. */
  open(roomId: string): RoomPeople {
    const held = this.#rooms.get(roomId);
    const people = held ?? { ...this.#create(roomId), uses: 0 };
    people.uses++;
    this.#rooms.set(roomId, people);
    return people;
  }

  close(roomId: string): void {
    const people = this.#rooms.get(roomId);
    if (!people || --people.uses > 0) return;
    this.#rooms.delete(roomId);
    people.signal.set(false);
    end(people);
  }

  receive(roomId: string, changes: readonly Message[]): void {
    const people = this.#rooms.get(roomId);
    people?.members.receive(changes);
    for (const { senderId } of changes) people?.typing.stopped(senderId);
  }

  typing(payload: PayloadOf<"room:typing">): void {
    this.#rooms.get(payload.roomId)?.typing.receive(payload);
  }

  read(payload: PayloadOf<"room:read">): void {
    this.#rooms.get(payload.roomId)?.members.read(payload);
  }

  head(roomId: string, rev: number): void {
    this.#rooms.get(roomId)?.members.head(rev);
  }

  changed(room: Room): void {
    this.#rooms.get(room.id)?.members.changed(room);
  }

  removed(roomId: string): void {
    const people = this.#rooms.get(roomId);
    people?.members.gone();
    people?.typing.clear();
  }

  /** The connection is ready, or deliveries may have been missed. */
  catchUp(): void {
    for (const { members } of this.#rooms.values()) members.catchUp();
  }

  stop(): void {
    for (const people of this.#rooms.values()) end(people);
  }

  #create(roomId: string): RoomPeople {
    const { ownUserId, requests, clock, random } = this.#parts;
    return {
      members: new RoomMembers({ roomId, requests, clock, random }),
      typing: new TypingUsers(clock, ownUserId),
      signal: new TypingSignal(clock, (typing) => {
        // Worth nothing later, and nobody waits for the answer.
        if (requests.isReady()) requests.request("room:typing", { roomId, typing }).catch(() => {});
      }),
    };
  }
}

function end({ members, typing, signal }: RoomPeople): void {
  members.stop();
  typing.clear();
  signal.sent();
}
