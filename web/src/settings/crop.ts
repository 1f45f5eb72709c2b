export type Size = { width: number; height: number };
/** The square that is cut out, in pixels of the picture. */
export type Crop = { left: number; top: number; side: number };

export const ZOOM_MAX = 4;

/** The largest square in the middle. */
export function centredCrop(picture: Size): Crop {
  return zoomedCrop(picture, { left: 0, top: 0, side: 0 }, 1);
}

/** The same middle, seen `zoom` times as large as in the largest square; always within the picture. */
export function zoomedCrop(picture: Size, crop: Crop, zoom: number): Crop {
  const side = Math.min(picture.width, picture.height) / Math.min(Math.max(zoom, 1), ZOOM_MAX);
  const isNew = crop.side === 0;
  const middleX = isNew ? picture.width / 2 : crop.left + crop.side / 2;
  const middleY = isNew ? picture.height / 2 : crop.top + crop.side / 2;
  return within(picture, { left: middleX - side / 2, top: middleY - side / 2, side });
}

/** Moved by pixels of the picture, as far as the picture goes. */
export function movedCrop(picture: Size, crop: Crop, right: number, down: number): Crop {
  return within(picture, { ...crop, left: crop.left + right, top: crop.top + down });
}

function within({ width, height }: Size, { left, top, side }: Crop): Crop {
  return {
    left: Math.min(Math.max(left, 0), width - side),
    top: Math.min(Math.max(top, 0), height - side),
    side,
  };
}
