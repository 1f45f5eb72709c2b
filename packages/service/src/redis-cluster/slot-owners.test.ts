import { describe, expect, it } from "vitest";
import { slotOf } from "./slot-of.ts";
import { readSlotOwners } from "./slot-owners.ts";

describe("the slot of a channel", () => {
  // The check value of CRC16 XMODEM, and examples of the Redis Cluster specification.
  it("is its CRC16, or that of what stands between its first braces", () => {
    expect(slotOf("123456789")).toBe(0x31c3);
    expect(slotOf("foo{hash_tag}")).toBe(slotOf("hash_tag"));
    expect(slotOf("{user1000}.following")).toBe(slotOf("{user1000}.followers"));
    expect(slotOf("foo{}{bar}")).not.toBe(slotOf("bar"));
    expect(slotOf("foo{{bar}}zap")).toBe(slotOf("{bar"));
    expect(slotOf("foo{bar}{zap}")).toBe(slotOf("bar"));
  });
});

describe("the owners of slots", () => {
  it("are the first of each range, whose replicas are nobody to us", () => {
    const owners = readSlotOwners(
      [
        [0, 12_738, ["10.0.0.1", 7000, "id"], ["10.0.0.9", 7009, "replica"]],
        [12_739, 12_739, ["10.0.0.2", 7001, "id"]],
        [12_740, 16_383, [null, 7000, "id"]],
      ],
      "10.0.0.1",
    );
    expect(owners.nodes).toEqual(["10.0.0.1:7000", "10.0.0.2:7001"]);
    expect(owners.ownerOf("123456789")).toBe("10.0.0.2:7001");
    expect(owners.ownerOf("foo")).toBe("10.0.0.1:7000"); // Slot 12182.
  });

  it("may be nobody", () => {
    expect(readSlotOwners([], "h").nodes).toEqual([]);
    expect(readSlotOwners([[0, 5, ["h", 1]]], "h").ownerOf("123456789")).toBeUndefined();
  });
});
