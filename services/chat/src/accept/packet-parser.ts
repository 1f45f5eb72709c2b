import { Failure, LIMITS } from "@moim/protocol";
import * as parser from "socket.io-parser";

/**
 * Up to here a packet that is too large is read off the wire, so that it can be answered; the
 * websocket of a larger one is closed (code 1009) before it is read.
 */
export const PACKET_BYTES_READ_MAX = 4 * LIMITS.packetBytes;
/** Handshakes on one connection: a few tries with renewed tokens are fair, an endless stream is not. */
const CONNECTS_MAX = 10;
/** As many as the decoder as shipped takes. */
const ATTACHMENTS_MAX = 10;

/** Stands in an event for the request that was not read. Made here only: no JSON becomes one. */
export class UnreadRequest {
  readonly failure: Failure;

  constructor(failure: Failure) {
    this.failure = failure;
  }
}

/** `<type>[<attachments>-][<namespace>,][<id>]["<event>"`: all of a packet that is read unseen. */
const EVENT_HEAD = /^[25](?:(\d{1,3})-)?(?:(\/[^,]{0,64}),)?(\d{1,20})?\["([^"\\]{0,64})"/;
const HEAD_CHARACTERS_MAX = 256;

/**
 * Socket.IO's decoder with two kinds of packet refused early and yet answered: those over 64 KiB are
 * not parsed, and those with binary attachments wait for none. Whatever is no packet of the protocol
 * throws, upon which Socket.IO closes the connection, and only that.
 */
class Decoder extends parser.Decoder {
  #connects = 0;
  #attachmentsToDrop = 0;

  override add(data: unknown): void {
    if (typeof data !== "string") {
      if (this.#attachmentsToDrop === 0) throw new Error("binary data out of place");
      this.#attachmentsToDrop--;
      return;
    }
    if (isTooLarge(data)) {
      this.#refuse(
        data,
        new Failure("too_large", `a packet has at most ${LIMITS.packetBytes} bytes`),
      );
      return;
    }
    const type = Number(data.charAt(0));
    if (type === parser.PacketType.BINARY_ACK) throw new Error("nothing was asked");
    if (type === parser.PacketType.BINARY_EVENT) {
      this.#refuse(data, new Failure("bad_request", "binary attachments are not accepted"));
      return;
    }
    if (type === parser.PacketType.CONNECT && ++this.#connects > CONNECTS_MAX) {
      throw new Error("too many handshakes on one connection");
    }
    super.add(data);
  }

  #refuse(data: string, failure: Failure): void {
    const head = EVENT_HEAD.exec(data.slice(0, HEAD_CHARACTERS_MAX));
    if (!head) throw new Error("a packet that cannot be answered");
    const [, attachments = "0", nsp = "/", id, event] = head;
    if (Number(attachments) > ATTACHMENTS_MAX) throw new Error("too many attachments");
    this.#attachmentsToDrop = Number(attachments);
    this.emitReserved("decoded", {
      type: parser.PacketType.EVENT,
      nsp,
      data: [event, new UnreadRequest(failure)],
      ...(id === undefined ? {} : { id: Number(id) }),
    });
  }
}

/** Counted only where it can matter: a UTF-16 unit takes three bytes at the most. */
function isTooLarge(data: string): boolean {
  return data.length > LIMITS.packetBytes / 3 && Buffer.byteLength(data) > LIMITS.packetBytes;
}

/** For Socket.IO's option `parser`. */
export const packetParser = { ...parser, Decoder };
