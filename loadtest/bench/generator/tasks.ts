/** What the bench asks of one of its generator processes. */
export type GeneratorTasks = {
  /** Answered once every socket is ready; `atOnce` connect at a time. */
  connect: { request: { sockets: readonly SocketPlan[]; atOnce: number }; answer: null };
  /** Each sender sends again as soon as it is answered, with so many on their way. */
  saturate: { request: { inFlight: number }; answer: null };
  /** So many sends a second at times of their own, whatever the answers do. */
  pace: { request: { perSecond: number }; answer: null };
  /** Begins to count anew. */
  mark: { request: null; answer: null };
  read: { request: null; answer: Counts };
  /** What was sent to each room and what each socket got, since they connected. Asked at rest. */
  account: { request: null; answer: Account };
  /** Sends nothing more; answered once every send has been. */
  stop: { request: null; answer: null };
};

export type SocketPlan = {
  url: string;
  auth: Record<string, unknown>;
  /** Where all that it gets comes from; null where it is in many rooms, and nobody talks. */
  roomId: string | null;
  /** Whether it sends to that room, or only listens. */
  isSender: boolean;
};

/**
 * So many messages, and the sum of something of each message's `clientId`: two that agree are of the same messages,
 * each once, but for one chance in 65,536.
 */
export type Tally = { count: number; sum: number };

export type Account = {
  answered: [roomId: string, tally: Tally][];
  /** A line for each socket. */
  delivered: [roomId: string, tally: Tally][];
};

export type Counts = {
  /** Sends that were answered, and messages that arrived at a socket, since the mark. */
  answered: number;
  delivered: number;
  /** From the intended moment of a send, of paced sends alone: `Latencies`, encoded. */
  answers: string;
  deliveries: string;
  /** Of this process, since the mark. */
  cpuSeconds: number;
  seconds: number;
};
