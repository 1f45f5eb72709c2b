import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Adapter } from "socket.io-adapter";
import { TokenLifetime } from "../accept/token-lifetime.ts";
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

export function installFailPoints(folder: string): void {
  const isArmed = (name: string) => existsSync(join(folder, name));
  const { messagesCommitted, timelineChanged } = Publisher.prototype;
  const { del } = Adapter.prototype;
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
    if (isArmed(REFUSE_SOME_SENDS) && sends++ % 10 === 9) return Promise.reject(noSuchRoom());
    return append.call(this, send);
  };
  HeadSweep.prototype.run = async function () {
    if (!isArmed(LOOK_FOR_NOTHING)) await run.call(this);
  };
}
