import { entriesOf } from "./entries.ts";
import { ENDED, EXPIRING, OWNER } from "./invented.ts";
import {
  anyOf,
  type Plant,
  sendsOf,
  socketOf,
  textsOf,
  told,
  withAnswer,
  withMore,
  withRoom,
  withView,
} from "./planting.ts";

/** What comes too late, is refused without a reason, or is done for somebody who has no right any more. */
export const SERVED_BADLY: readonly Plant[] = [
  {
    what: "a change of which a member's socket never hears",
    rule: "late",
    says: /was heard of never; 5000 ms are promised$/,
    into(run, random) {
      const rev = anyOf(run.rooms[0]?.commits.slice(1) ?? [], random)?.rev ?? 0;
      const entries = run.entries.filter((entry) => {
        if (!("client" in entry) || entry.client !== "ann") return true;
        if (entry.kind === "arrived") return entry.message.rev < rev;
        return entry.kind !== "signal" || entry.rev === undefined || entry.rev < rev;
      });
      return { ...run, entries };
    },
  },
  {
    what: "a socket that is ready and hears nothing at all",
    rule: "late",
    says: /was heard of never; 5000 ms are promised$/,
    into: (run) => {
      const entries = run.entries.filter(
        (entry) =>
          !("client" in entry && entry.client === "ann") ||
          (entry.kind !== "arrived" && entry.kind !== "signal"),
      );
      return { ...run, entries };
    },
  },
  {
    what: "a message that comes after six seconds",
    rule: "late",
    says: /was heard of after 6\d\d\d ms; 5000 ms are promised$/,
    into(run) {
      const last = entriesOf(run.entries, "arrived").findLast(
        ({ client, message }) =>
          client === "ann" && message.rev === run.rooms[0]?.rev && message.kind === "text",
      );
      if (
        !last ||
        run.entries.some(
          (e) => e.kind === "signal" && e.client === "ann" && e.rev === last.message.rev,
        )
      )
        return undefined;
      const entries = run.entries.filter((entry) => entry !== last);
      return withMore({ ...run, entries }, { ...last, at: last.at + 6_000 });
    },
  },
  {
    what: "a message that reaches another socket of the same node only when Redis is back",
    rule: "unserved",
    says: /^\d+ came to another socket of the same node after 4\d\d\d ms; 2000 ms are promised$/,
    into(run, random) {
      const struck = entriesOf(run.entries, "struck")[0];
      const own = entriesOf(run.entries, "arrived").filter(({ client }) => client === "ann");
      const during = own.filter(
        ({ at, userId, path, message }) =>
          path === "told" &&
          at > (struck?.at ?? 0) + 5 &&
          at < (struck?.until ?? 0) &&
          message.kind === "text" &&
          message.senderId !== userId &&
          own.every((other) => other.message === message || other.message.seq !== message.seq),
      );
      const one = anyOf(during, random);
      if (!one) return undefined;
      const entries = run.entries.filter((entry) => entry !== one);
      return withMore({ ...run, entries }, { ...one, at: one.at + 4_000 });
    },
  },
  {
    what: "a member's send that is refused as if by a stranger",
    rule: "unserved",
    says: /^a send was answered not_found, and nothing explains it$/,
    into: (run, random) => withAnswer(run, random, { outcome: "not_found" }),
  },
  {
    what: "a bug for an answer",
    rule: "unserved",
    says: /^a send was answered internal, and nothing explains it$/,
    into: (run, random) => withAnswer(run, random, { outcome: "internal" }),
  },
  {
    what: "an answer that takes six seconds",
    rule: "unserved",
    says: /^message:send was answered after 6000 ms; 5000 ms are promised$/,
    into(run, random) {
      const one = anyOf(sendsOf(run), random);
      return one && withAnswer(run, random, { at: one.askedAt + 6_000 }, one);
    },
  },
  {
    what: "an answer that never comes",
    rule: "unserved",
    says: /^message:send was answered never; 5000 ms are promised$/,
    into(run, random) {
      const one = anyOf(sendsOf(run), random);
      return { ...run, entries: run.entries.filter((entry) => entry !== one) };
    },
  },
  {
    what: "a member's message that failed",
    rule: "lost",
    says: /^failed, though its author was a member all the time$/,
    into: (run) => withView(run, () => ({ pending: [{ clientId: "c", state: "failed" }] })),
  },
  {
    what: "an answer to who has no valid token any more",
    rule: "leak",
    says: /^message:page was answered though asked after its token had run out$/,
    into(run) {
      const late = entriesOf(run.entries, "answered").find(
        ({ client, askedAt }) => client === EXPIRING && askedAt > 1_004_600,
      );
      return late && withAnswer(run, () => 0, { outcome: "ok" }, late);
    },
  },
  {
    what: "an answer to who has signed out",
    rule: "leak",
    says: /^message:page was answered though asked after its session had ended$/,
    into(run) {
      const end = entriesOf(run.entries, "session ended")[0];
      const [like] = sendsOf(run);
      if (!end || !like) return undefined;
      const who = { client: ENDED, userId: ENDED, socket: socketOf(run, ENDED) };
      const at = end.at + 2_000;
      return withMore(run, { ...like, ...who, event: "message:page", at, askedAt: at, id: -1 });
    },
  },
  {
    what: "a reaction, which has no time of its own, after the session had ended",
    rule: "leak",
    says: /ms after the session had ended$/,
    into(run) {
      const end = entriesOf(run.entries, "session ended")[0];
      const room = run.rooms[0];
      const old = textsOf(run)[0];
      if (!end || !room || !old) return undefined;
      const [rev, at] = [room.rev + 1, end.at + 2_000];
      const reacted = { ...old, rev, reactions: [{ emoji: "👍", userIds: [OWNER] }] };
      const changed = withRoom(run, ({ commits }) => ({
        rev,
        messages: room.messages.map((one) => (one === old ? reacted : one)),
        commits: [...commits, { rev, seq: old.seq, at }],
      }));
      return withMore(changed, told(run, ENDED, reacted, at + 5));
    },
  },
];
