/**
 * Every bound of the contract in one place. "Characters" are Unicode code points, bytes are UTF-8.
 * `Limits` is what a node announces in `session:ready`.
 */
export const LIMITS = {
  /** Characters of a message's text. */
  textCharacters: 4_000,
  /** One client packet, text encoding included: 4,000 characters of 4 bytes fit four times. */
  packetBytes: 64 * 1024,
  groupMembers: 1_000,
  inviteUsers: 100,
  /** Different emojis on one message. */
  reactionEmojis: 50,
  /** Of all users together on one message: each member of the largest group once, some 40 KB. */
  reactions: 1_000,
  socketsPerUser: 20,
  /** `message:send` per user, over all sockets and nodes. */
  sendsPerSecond: 10,
  sendsBurst: 30,
  /** Every other event, per socket. */
  eventsPerSecond: 50,
  eventsBurst: 100,
  /** Of these, what all members of a room are told of, per user: as much as four sockets may, over all of a node. */
  changesPerSecond: 200,
  changesBurst: 400,
  /** Groups that one user is in: others bring people into them without asking. Of their own making: as many again. */
  groupsPerUser: 2_000,
  /** Of these, groups that the same other person made: nobody alone fills somebody's places. */
  groupsPerUserAndMaker: 200,
  /** Users whom one user brings into rooms, made or already there, per node. At once: the largest group, ten times. */
  invitationsPerSecond: 2,
  invitationsBurst: 10_000,
} as const;
export type Limits = { [Name in keyof typeof LIMITS]: number };

/** Characters of texts other than messages: a request over them is `bad_request`. */
export const TEXT_LIMITS = {
  /** Of a group. */
  titleCharacters: 60,
  /** Of a search for messages. */
  queryCharacters: 100,
} as const;

/** Page sizes: a request over them is `bad_request`. */
export const PAGE_LIMITS = {
  rooms: 50,
  messages: 100,
  /** Messages found by one `message:search`. */
  search: 50,
  members: 200,
  /** Members shown inside a room summary, the reader included. */
  summaryMembers: 100,
  /** Rooms in one `room:sync`. */
  syncRooms: 200,
  /** Changes of one room in one `room:sync` answer. */
  syncChanges: 200,
  /** Further behind than this, a room is loaded anew instead of replayed. */
  syncChangesBehind: 1_000,
  /** `unread` stops counting here; clients show "99+". */
  unread: 100,
  /** Users in one `presence:watch`. */
  watchUsers: 200,
  userSearch: 20,
  userIds: 100,
} as const;

export const ACCOUNT_LIMITS = {
  nicknameCharactersMin: 3,
  nicknameCharactersMax: 12,
  nameCharactersMin: 2,
  nameCharactersMax: 10,
  passwordCharactersMin: 8,
  passwordCharactersMax: 128,
  bioCharactersMax: 200,
  emailCharactersMax: 254,
  /** Of an uploaded picture. */
  avatarBytesMax: 1024 * 1024,
} as const;
