import { expect, it } from "vitest";
import { type Place, pathOf, placeOf, SETTINGS_SECTIONS } from "./location.ts";

it.each<Place>([
  { name: "rooms" },
  { name: "room", roomId: "0189", details: false },
  { name: "room", roomId: "0189", details: true },
  { name: "room", roomId: "0189", details: false, seq: 42 },
  { name: "settings", section: null },
  ...SETTINGS_SECTIONS.map((section) => ({ name: "settings", section }) as const),
  { name: "sign-in" },
  { name: "sign-up" },
  { name: "forgot-password" },
  { name: "reset-password", token: "aB-_9" },
])("the path of %j leads back to it", (place) => {
  expect(placeOf(pathOf(place))).toEqual(place);
});

it("an unknown path is the room list", () => {
  expect(placeOf("/nowhere/at/all")).toEqual({ name: "rooms" });
});

it("an unknown section is the settings' menu, a message without a number its room", () => {
  expect(placeOf("/settings/nowhere")).toEqual({ name: "settings", section: null });
  expect(placeOf("/rooms/0189/messages/0")).toEqual({
    name: "room",
    roomId: "0189",
    details: false,
  });
});
