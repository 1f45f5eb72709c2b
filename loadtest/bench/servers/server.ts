/** What is measured, and what it is measured against, as a case sees either. */
export type Server = {
  readonly ports: readonly number[];
  /** Rooms with these members are there from now on. */
  makeRooms(rooms: readonly Room[]): Promise<void>;
  /** What a user's socket says when it connects. */
  authOf(userId: string, roomIds: readonly string[]): Record<string, unknown>;
  /** Processor time that its processes have used. */
  cpuSeconds(): CpuSeconds;
  /** Resident memory of the processes that hold sockets. */
  memoryBytes(): number;
  stop(): Promise<void>;
};

export type Room = { id: string; userIds: string[] };

/** By kind of process; a server that needs no database has none. */
export type CpuSeconds = { nodes: number; postgres: number; redis: number };
