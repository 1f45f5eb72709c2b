/** What we use of engine.io's websocket transport and of ws; a test holds it to the installed ones. */
type WebSocketTransport = {
  send(packets: unknown[]): void;
  writable: boolean;
  socket?: { _socket?: Stream };
};
type Stream = {
  cork(): void;
  uncork(): void;
  readonly writableCorked: number;
  readonly writableNeedDrain: boolean;
};

/**
 * Frames made for one socket in one tick leave in one write, changes and acknowledgements alike. Fan-out
 * is system calls: as shipped, each frame is a write of its own, and engine.io holds back whatever
 * follows the first until the system has taken that.
 */
export function writeOncePerTick(engineTransport: object): void {
  const transport = engineTransport as WebSocketTransport;
  const send = transport.send.bind(transport);
  transport.send = (packets) => {
    const stream = transport.socket?._socket;
    if (stream) holdForThisTick(stream);
    send(packets);
    // Only a reader that does not keep up has the rest gather behind, where slow consumers are counted.
    if (stream && !stream.writableNeedDrain) transport.writable = true;
  };
}

/**
 * The same for what is asked of Redis: a commit is announced to each of its rooms, and of thousands of sockets
 * that come at once each takes its place and subscribes. The connections to a cluster are its driver's.
 */
export function askTogether(redis: object): void {
  const { stream } = redis as { stream?: Stream | null };
  if (stream) writeTogether(stream);
}

/**
 * What is written to the stream from now on leaves in one write, once all has been read that has come in. On a
 * node that has nothing else to do that is no later.
 */
export function writeTogether(stream: Pick<Stream, "cork" | "uncork" | "writableCorked">): void {
  if (stream.writableCorked > 0) return;
  stream.cork();
  setImmediate(() => stream.uncork());
}

let held: Stream[] = [];

/** Until all that this tick's promises lead to has been written, too. */
function holdForThisTick(stream: Stream): void {
  if (stream.writableCorked > 0) return;
  stream.cork();
  if (held.length === 0) process.nextTick(releaseAll);
  held.push(stream);
}

function releaseAll(): void {
  const streams = held;
  held = [];
  for (const stream of streams) stream.uncork();
}
