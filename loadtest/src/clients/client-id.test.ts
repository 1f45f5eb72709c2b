import { clientEvents } from "@moim/protocol";
import fc from "fast-check";
import { expect, it } from "vitest";
import {
  decodeClientId,
  encodeClientId,
  keyOf,
  numberOf,
  PLACE_MAX,
  senderOf,
} from "./client-id.ts";

const stamp = fc.record({
  intendedMicros: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
  roomTag: fc.nat(PLACE_MAX),
  sender: fc.nat(PLACE_MAX),
  number: fc.nat(PLACE_MAX),
});

it("carries the whole stamp in what the server takes for a UUID", () => {
  fc.assert(
    fc.property(stamp, (value) => {
      const clientId = encodeClientId(value);
      const roomId = "00000000-0000-7000-8000-000000000000";
      clientEvents["message:send"].request.parse({ roomId, clientId, text: "x" });
      expect(decodeClientId(clientId)).toEqual(value);
      const key = keyOf(value);
      expect([senderOf(key), numberOf(key)]).toEqual([value.sender, value.number]);
    }),
  );
});

it("does not read what somebody else has sent", () => {
  expect(decodeClientId("0192d7a8-1111-7abc-8def-0123456789ab")).toBeUndefined();
  expect(decodeClientId("hello")).toBeUndefined();
});
