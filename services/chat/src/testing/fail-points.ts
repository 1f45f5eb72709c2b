import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Adapter } from "socket.io-adapter";
import { TokenLifetime } from "../accept/token-lifetime.ts";
import type { Send } from "../persist/append-messages.ts";
import { MessageLog } from "../persist/message-log.ts";
import { noSuchRoom } from "../persist/no-such-room.ts";
import { HeadSweep } from "../publish/head-sweep.ts";
import { Publisher } from "../publish/publisher.ts";

/*
 * What a node of the test build can be made to do wrong, while it runs: a file with the fail point's name
 * in FAIL_POINT_FOLDER/NODE_ID arms it. The shipped bundle contains nothing of this: the methods are replaced
 * from outside, by an entry of its own (main-with-fail-points.ts).
 */

/** Once: dies by its own hand as soon as the next commit is answered, before anybody hears of it. */
export const DIE_BEFORE_ANNOUNCING = "die-before-announcing";
/** As long as the file is there: tells nobody of messages and changes. */
export const ANNOUNCE_NOTHING = "announce-nothing";
/** As long as the file is there: compares nothing with the database, so that lost announcements stay lost. */
export const LOOK_FOR_NOTHING = "look-for-nothing";
/** As long as the file is there: whoever leaves or is removed goes on hearing on every node. */
export const KEEP_TELLING_WHO_LEFT = "keep-telling-who-left";
/** As long as the file is there: tokens that come in last for ever. */
export const FORGET_EXPIRY = "forget-expiry";
/** As long as the file is there: every tenth send is refused, as to somebody who is no member. */
export const REFUSE_SOME_SENDS = "refuse-some-sends";
/** As long as the file is there: of some messages only the first letter is stored, and some answer the room's first. */
export const STORE_OTHER_WORDS = "store-other-words";
/** As long as the file is there: some changes of a room are overtaken by later ones, and some come twice. */
export const TELL_OUT_OF_ORDER = "tell-out-of-order";

const OVERTAKEN_MS = 400;

export function installFailPoints(folder: string): void {
  const isArmed = (name: string) => existsSync(join(folder, name));
  const { messagesCommitted, timelineChanged } = Publisher.prototype;
  const { broadcast, del } = Adapter.prototype;
  const { run } = HeadSweep.prototype;
  const { start } = TokenLifetime.prototype;
  const { append } = MessageLog.prototype;

  Publisher.prototype.messagesCommitted = function (commits) {
    if (isArmed(DIE_BEFORE_ANNOUNCING)) {
      rmSync(join(folder, DIE_BEFORE_ANNOUNCING));
      process.kill(process.pid, "SIGKILL");
    }
    if (!isArmed(ANNOUNCE_NOTHING)) messagesCommitted.call(this, commits);
  };
  Publisher.prototype.timelineChanged = function (...change) {
    if (!isArmed(ANNOUNCE_NOTHING)) timelineChanged.apply(this, change);
  };
  // Every way out of a room ends here.
  Adapter.prototype.del = function (socketId, room) {
    const isKept = room.startsWith("room:") && isArmed(KEEP_TELLING_WHO_LEFT);
    if (!isKept) del.call(this, socketId, room);
  };
  TokenLifetime.prototype.start = function (connection) {
    if (isArmed(FORGET_EXPIRY)) connection.expiresAt = Number.MAX_SAFE_INTEGER;
    else start.call(this, connection);
  };
  let sends = 0;
  MessageLog.prototype.append = function (send) {
    sends += 1;
    if (sends % 10 === 0 && isArmed(REFUSE_SOME_SENDS)) return Promise.reject(noSuchRoom());
    return append.call(this, isArmed(STORE_OTHER_WORDS) ? altered(send, sends) : send);
  };
  let told = 0;
  Adapter.prototype.broadcast = function (packet, options) {
    const tell = () => broadcast.call(this, packet, options);
    if (packet.data?.[0] !== "room:changes" || !isArmed(TELL_OUT_OF_ORDER)) return tell();
    told += 1;
    if (told % 5 === 0) setTimeout(tell, OVERTAKEN_MS);
    else tell();
    if (told % 7 === 0) tell();
  };
  HeadSweep.prototype.run = async function () {
    if (!isArmed(LOOK_FOR_NOTHING)) await run.call(this);
  };
}

function altered(send: Send, number: number): Send {
  const replyTo = send.replyTo !== null && number % 2 === 0 ? 1 : send.replyTo;
  return { ...send, replyTo, text: number % 10 === 5 ? send.text.slice(0, 1) : send.text };
}
