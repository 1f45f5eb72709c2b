import { expect, it } from "vitest";
import { type Place, pathOf, placeOf } from "./location.ts";

it.each<Place>([
  { name: "rooms" },
  { name: "room", roomId: "0189", details: false },
  { name: "room", roomId: "0189", details: true },
  { name: "sign-in" },
  { name: "sign-up" },
])("the path of %j leads back to it", (place) => {
  expect(placeOf(pathOf(place))).toEqual(place);
});

it("an unknown path is the room list", () => {
  expect(placeOf("/nowhere/at/all")).toEqual({ name: "rooms" });
});
