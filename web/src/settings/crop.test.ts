import { describe, expect, it } from "vitest";
import { centredCrop, movedCrop, ZOOM_MAX, zoomedCrop } from "./crop.ts";

const WIDE = { width: 1_200, height: 800 };

describe("the square cut out of a picture", () => {
  it("is the largest in the middle at first", () => {
    expect(centredCrop(WIDE)).toEqual({ left: 200, top: 0, side: 800 });
    expect(centredCrop({ width: 300, height: 900 })).toEqual({ left: 0, top: 300, side: 300 });
  });

  it("keeps its middle when zoomed", () => {
    expect(zoomedCrop(WIDE, centredCrop(WIDE), 2)).toEqual({ left: 400, top: 200, side: 400 });
  });

  it("never leaves the picture, however it is moved or zoomed", () => {
    const zoomed = zoomedCrop(WIDE, centredCrop(WIDE), 2);
    expect(movedCrop(WIDE, zoomed, 5_000, -5_000)).toEqual({ left: 800, top: 0, side: 400 });
    const corner = movedCrop(WIDE, zoomed, 5_000, 5_000);
    expect(zoomedCrop(WIDE, corner, 0)).toEqual({ left: 400, top: 0, side: 800 });
    expect(zoomedCrop(WIDE, corner, 99).side).toBe(800 / ZOOM_MAX);
  });
});
