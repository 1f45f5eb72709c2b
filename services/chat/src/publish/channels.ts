// Names of Socket.IO rooms. None has 20 characters: the sharded adapter takes those for socket ids.

/** All sockets that a room's deliveries reach. */
export function roomChannel(roomId: string): string {
  return `room:${roomId}`;
}

/** All sockets of one user, on every node. */
export function userChannel(userId: string): string {
  return `user:${userId}`;
}

/** The room's id, or undefined for any other channel. */
export function roomIdOf(channel: string): string | undefined {
  return channel.startsWith("room:") ? channel.slice("room:".length) : undefined;
}

/** The user's id, or undefined for any other channel. */
export function userIdOf(channel: string): string | undefined {
  return channel.startsWith("user:") ? channel.slice("user:".length) : undefined;
}
