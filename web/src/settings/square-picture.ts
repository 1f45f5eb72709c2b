import type { Crop } from "./crop.ts";

/** Twice what the server keeps, so that it has something to choose from. */
const SIDE = 512;
const QUALITY = 0.9;

/** The cut-out square as a file of some tens of kilobytes. Rejects where the browser cannot draw it. */
export async function squarePicture(picture: ImageBitmap, crop: Crop): Promise<Blob> {
  const canvas = document.createElement("canvas");
  canvas.width = SIDE;
  canvas.height = SIDE;
  drawCrop(canvas, picture, crop);
  // Safari draws no WebP and gives PNG instead, which has no quality: JPEG there.
  for (const type of ["image/webp", "image/jpeg"]) {
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, type, QUALITY));
    if (blob?.type === type) return blob;
  }
  throw new Error("the picture could not be drawn");
}

/** Fills the canvas with the cut-out, on white where the picture is transparent. */
export function drawCrop(canvas: HTMLCanvasElement, picture: ImageBitmap, crop: Crop): void {
  const context = canvas.getContext("2d");
  if (context === null) return;
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = "high";
  const { left, top, side } = crop;
  context.drawImage(picture, left, top, side, side, 0, 0, canvas.width, canvas.height);
}
