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
  /** Sends nothing more; answered once every send has been. */
  stop: { request: null; answer: null };
};

export type SocketPlan = {
  url: string;
  auth: Record<string, unknown>;
  /** The room that this socket sends to; null for one that only listens. */
  sendsTo: string | null;
};

export type Counts = {
  /** Sends that were answered, and messages that arrived at a socket, since the mark. */
  answered: number;
  delivered: number;
  /** The same since the sockets were connected. */
  answeredInAll: number;
  deliveredInAll: number;
  /** From the intended moment of a send, of paced sends alone: `Latencies`, encoded. */
  answers: string;
  deliveries: string;
  /** Of this process, since the mark. */
  cpuSeconds: number;
  seconds: number;
};
