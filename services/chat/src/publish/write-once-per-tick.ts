/** What we use of engine.io's websocket transport and of ws; a test holds it to the installed ones. */
type WebSocketTransport = {
  send(packets: unknown[]): void;
  socket?: { _socket?: { cork(): void; uncork(): void } };
};

/**
 * Frames made for one socket in one tick leave in one write. Fan-out is system calls: engine.io hands
 * what has gathered to ws frame by frame, and each frame would be a write of its own.
 */
export function writeOncePerTick(engineTransport: object): void {
  const transport = engineTransport as WebSocketTransport;
  const send = transport.send.bind(transport);
  transport.send = (packets) => {
    const stream = transport.socket?._socket;
    if (!stream || packets.length < 2) {
      send(packets);
      return;
    }
    stream.cork();
    send(packets);
    process.nextTick(() => stream.uncork());
  };
}
