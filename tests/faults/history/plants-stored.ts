import { entriesOf } from "./entries.ts";
import { OWNER } from "./invented.ts";
import {
  anyOf,
  lastOf,
  messagesOf,
  type Plant,
  textsOf,
  told,
  withMore,
  withRoles,
  withRoom,
  withView,
} from "./planting.ts";

/** What is stored, numbered or shown otherwise than it should be. */
export const STORED_WRONG: readonly Plant[] = [
  {
    what: "acknowledged, and not stored",
    rule: "lost",
    says: /^acknowledged as \d+, not stored$/,
    into(run, random) {
      const gone = anyOf(textsOf(run), random);
      return (
        gone &&
        withRoom(run, ({ messages }) => ({ messages: messages.filter((one) => one !== gone) }))
      );
    },
  },
  {
    what: "acknowledged at a place that another has",
    rule: "lost",
    says: /^acknowledged as \d+, stored as \d+$/,
    into(run, random) {
      const one = anyOf(entriesOf(run.entries, "acknowledged"), random);
      return one && withMore(run, { ...one, seq: one.seq + 1 });
    },
  },
  {
    what: "forgotten by its outbox",
    rule: "lost",
    says: /neither stored nor in the outbox/,
    into(run, random) {
      const one = anyOf(entriesOf(run.entries, "sent"), random);
      return one && withMore(run, { ...one, clientId: "forgotten" });
    },
  },
  {
    what: "waiting in an outbox for ever",
    rule: "lost",
    says: /still sending in the outbox/,
    into: (run) => withView(run, () => ({ pending: [{ clientId: "c", state: "sending" }] })),
  },
  {
    what: "two people's texts, one for the other",
    rule: "lost",
    says: /^stored as "text \d+", and "text \d+" was written$/,
    into(run) {
      const [one, other] = textsOf(run).filter(({ text, editedAt }) => text && !editedAt);
      if (!one || !other) return undefined;
      const swapped = new Map([
        [one.seq, other.text],
        [other.seq, one.text],
      ]);
      return withRoom(run, ({ messages }) => ({
        messages: messages.map((each) => ({ ...each, text: swapped.get(each.seq) ?? each.text })),
      }));
    },
  },
  {
    what: "an answer to another message",
    rule: "lost",
    says: /^stored as an answer to \d+, and written as an answer to \d+$/,
    into(run, random) {
      const one = anyOf(
        textsOf(run).filter(({ replyTo }) => replyTo !== null),
        random,
      );
      if (!one) return undefined;
      const other = { ...one, replyTo: one.seq };
      return withRoom(run, ({ messages }) => ({
        messages: messages.map((each) => (each === one ? other : each)),
      }));
    },
  },
  {
    what: "an answer that answers nothing any more",
    rule: "lost",
    says: /^stored as no answer, and written as an answer to \d+$/,
    into(run, random) {
      const one = anyOf(
        textsOf(run).filter(({ replyTo }) => replyTo !== null),
        random,
      );
      if (!one) return undefined;
      return withRoom(run, ({ messages }) => ({
        messages: messages.map((each) => (each === one ? { ...one, replyTo: null } : each)),
      }));
    },
  },
  {
    what: "an edit that nobody asked for",
    rule: "lost",
    says: /^stored as "s", and/,
    into(run, random) {
      const edits = textsOf(run).filter(({ text, editedAt }) => text && editedAt);
      const one = anyOf(edits, random);
      if (!one) return undefined;
      return withRoom(run, ({ messages }) => ({
        messages: messages.map((each) => (each === one ? { ...one, text: "s" } : each)),
      }));
    },
  },
  {
    what: "unread for ever in a list of rooms",
    rule: "gap",
    says: /^the list of rooms says unread 1, and it is 0$/,
    into: (run) => {
      const [first, ...others] = run.lists;
      if (!first?.shown) return undefined;
      return { ...run, lists: [{ ...first, shown: { ...first.shown, unread: 1 } }, ...others] };
    },
  },
  {
    what: "an edit that everybody saw, and that the database forgot",
    rule: "lost",
    says: /was (told|fetched) as of rev \d+, and rev \d+ is stored/,
    into(run, random) {
      const edits = textsOf(run).filter(({ editedAt }) => editedAt !== null);
      const edited = anyOf(edits, random);
      if (!edited) return undefined;
      const before = entriesOf(run.entries, "arrived").findLast(
        ({ message }) => message.seq === edited.seq && message.rev < edited.rev,
      )?.message;
      const messages = messagesOf(run).map((one) => (one === edited && before ? before : one));
      return before && withRoom(run, () => ({ messages }));
    },
  },
  {
    what: "a message that was told and never stored",
    rule: "lost",
    says: /nothing is stored there/,
    into(run) {
      const last = lastOf(run);
      if (!last) return undefined;
      const [seq, rev] = [last.seq + 1, (run.rooms[0]?.rev ?? 0) + 1];
      return withMore(run, told(run, "ann", { ...last, seq, rev, clientId: "x" }, run.endsAt));
    },
  },
  {
    what: "stored twice",
    rule: "doubled",
    says: /^stored 2 times/,
    into(run, random) {
      const twice = anyOf(textsOf(run), random);
      return (
        twice &&
        withRoom(run, (room) => ({
          messages: [...room.messages, { ...twice, seq: room.lastSeq + 1, rev: room.rev + 1 }],
        }))
      );
    },
  },
  {
    what: "one rev given twice",
    rule: "doubled",
    says: /^rev \d+ was given twice$/,
    into: (run, random) =>
      withRoom(run, ({ commits }) => {
        const again = anyOf(commits, random);
        return { commits: commits.flatMap((one) => (one === again ? [one, one] : [one])) };
      }),
  },
  {
    what: "a rev that no change has",
    rule: "gap",
    says: /^rev \d+ is followed by \d+$/,
    into: (run, random) =>
      withRoom(run, ({ commits }) => {
        const without = anyOf(commits.slice(1, -1), random);
        return { commits: commits.filter((one) => one !== without) };
      }),
  },
  {
    what: "a group that nobody owns",
    rule: "lost",
    says: /^nobody owns the group$/,
    into: (run) => withRoles(run, () => "member"),
  },
  {
    what: "a group with two owners",
    rule: "doubled",
    says: /^the group is owned by owner and ann$/,
    into: (run) => withRoles(run, ({ userId, role }) => (userId === "ann" ? "owner" : role)),
  },
  {
    what: "a group that somebody has taken over",
    rule: "order",
    says: /^the group is owned by ann, and it is the turn of owner$/,
    into: (run) => withRoles(run, ({ userId }) => (userId === "ann" ? "owner" : "member")),
  },
  {
    what: "a screen on which the owner is like any other",
    rule: "gap",
    says: /^the list of (rooms|members) says that owner is member, and it is owner$/,
    into(run, random) {
      const one = anyOf(run.people, random);
      if (!one) return undefined;
      const roles = new Map([...one.roles, [OWNER, "member"] as const]);
      const people = run.people.map((each) => (each === one ? { ...one, roles } : each));
      return { ...run, people };
    },
  },
  {
    what: "a screen that lacks one message",
    rule: "gap",
    says: /is not on the screen$/,
    into: (run, random) =>
      withView(run, ({ messages }) => {
        const without = anyOf(messages, random);
        return { messages: messages.filter((one) => one !== without) };
      }),
  },
  {
    what: "a screen that lacks an edit",
    rule: "gap",
    says: /is on the screen as of rev \d+, the room has rev \d+$/,
    into(run, random) {
      const edited = anyOf(
        textsOf(run).filter(({ editedAt }) => editedAt !== null),
        random,
      );
      if (!edited) return undefined;
      const old = { ...edited, text: "before", editedAt: null, rev: edited.seq };
      return withView(run, ({ messages }) => ({
        messages: messages.map((one) => (one.seq === edited.seq ? old : one)),
      }));
    },
  },
  {
    what: "two orders: one rev that was two things",
    rule: "order",
    says: /^rev \d+ was .*and for/,
    into(run, random) {
      const one = anyOf(entriesOf(run.entries, "arrived"), random);
      const message = one && { ...one.message, text: "another" };
      return one && message && withMore(run, { ...one, message });
    },
  },
  {
    what: "a sender's own messages in another order",
    rule: "order",
    says: /^written after what stands at/,
    into(run) {
      const own = entriesOf(run.entries, "sent").filter(({ client }) => client === "ann");
      const [first, second] = own;
      if (!first || !second) return undefined;
      const entries = run.entries.map((entry) => {
        if (entry === first) return { ...first, clientId: second.clientId };
        return entry === second ? { ...second, clientId: first.clientId } : entry;
      });
      return { ...run, entries };
    },
  },
];
