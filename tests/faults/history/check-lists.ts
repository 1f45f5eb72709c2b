import type { History, Listed, Violation } from "./history.ts";

const FIELDS = ["title", "isMuted", "lastSeq", "readSeq", "unread"] as const;

/** Every member's list of rooms says of each what the database says: its name, how far it goes, what is unread. */
export function findWrongLists({ lists }: History): Violation[] {
  return lists.flatMap(findWrong);
}

function findWrong({ client, roomId, shown, stored }: Listed): Violation[] {
  if (!stored) {
    const what = "no member, and the list of rooms has it";
    return shown ? [{ rule: "leak", roomId, client, what }] : [];
  }
  if (!shown) return [{ rule: "gap", roomId, client, what: "not in the list of rooms" }];
  return FIELDS.filter((field) => shown[field] !== stored[field]).map((field) => {
    const what = `the list of rooms says ${field} ${shown[field]}, and it is ${stored[field]}`;
    return { rule: "gap", roomId, client, what };
  });
}
