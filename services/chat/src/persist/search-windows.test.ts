import { expect, it } from "vitest";
import { searchWindows } from "./search-windows.ts";

it("takes everything where that is little enough", () => {
  const places = [
    { roomId: "a", from: 1, upto: 60 },
    { roomId: "b", from: 5, upto: 44 },
  ];
  expect(searchWindows(places, 100)).toEqual([
    { roomId: "a", low: 1, high: 60, isCut: false },
    { roomId: "b", low: 5, high: 44, isCut: false },
  ]);
});

it("takes the same part of each room otherwise, the newest first", () => {
  const places = [
    { roomId: "a", from: 1, upto: 800 },
    { roomId: "b", from: 101, upto: 300 },
  ];
  expect(searchWindows(places, 100)).toEqual([
    { roomId: "a", low: 721, high: 800, isCut: true },
    { roomId: "b", low: 281, high: 300, isCut: true },
  ]);
});

it("gets on in every room, however many there are", () => {
  const places = Array.from({ length: 30 }, (_, index) => ({
    roomId: `room ${index}`,
    from: 1,
    upto: index + 1,
  }));
  const windows = searchWindows(places, 10);
  expect(windows).toHaveLength(30);
  expect(windows.every((window) => window.low === window.high)).toBe(true);
  expect(windows.filter((window) => !window.isCut).map((window) => window.roomId)).toEqual([
    "room 0",
  ]);
});

it("leaves out rooms with nothing left to search", () => {
  expect(searchWindows([{ roomId: "a", from: 8, upto: 7 }], 100)).toEqual([]);
});
