import { Failure } from "@moim/protocol";
import sharp from "sharp";
import { Turns } from "../accounts/turns.ts";
import { imageKind } from "./image-kind.ts";

const SIDE_PIXELS = 256;
const WEBP_QUALITY = 82;
/** A camera's picture passes; what unpacks to more than some 130 MB does not, however small its file. */
const PIXELS_MAX = 32_000_000;
const SECONDS_MAX = 5;
/** One of the four threads that Node has for such work: passwords must go on. */
const CONCURRENT_MAX = 1;
const WAITING_MAX = 50;

// Otherwise it would keep past pictures in memory, and take all processors for one of them.
sharp.cache(false);
sharp.concurrency(1);
// The decoders that `imageKind` lets through, and no other, whatever a file claims to be.
sharp.block({ operation: ["VipsForeignLoad"] });
sharp.unblock({
  operation: [
    ...["VipsForeignLoadPng", "VipsForeignLoadJpeg"],
    ...["VipsForeignLoadWebp", "VipsForeignLoadNsgif"],
  ],
});

const turns = new Turns(CONCURRENT_MAX, WAITING_MAX);

/**
 * A picture as we serve it: 256 pixels square, WebP, the first frame, nothing of what cameras write
 * beside the picture. Nothing of the given file is passed on, so nothing can hide in it.
 * Rejects with `bad_request` for what is not a PNG, JPEG, WebP or GIF, or too many pixels, and with
 * `unavailable` when too many wait.
 */
export async function encodeAvatar(file: Buffer): Promise<Buffer> {
  if (imageKind(file) === undefined) throw unreadable("must be a PNG, JPEG, WebP or GIF image");
  const turn = turns.take(() => encode(file));
  if (turn === undefined) {
    throw new Failure("unavailable", "too many pictures at once; try again", {
      retryAfterMs: 2_000,
    });
  }
  return turn;
}

async function encode(file: Buffer): Promise<Buffer> {
  try {
    return await sharp(file, { limitInputPixels: PIXELS_MAX, pages: 1 })
      .autoOrient()
      .resize(SIDE_PIXELS, SIDE_PIXELS, { fit: "cover" })
      .webp({ quality: WEBP_QUALITY })
      .timeout({ seconds: SECONDS_MAX })
      .toBuffer();
  } catch (error) {
    throw unreadable("is damaged, or has too many pixels", error);
  }
}

function unreadable(message: string, cause?: unknown): Failure {
  return new Failure("bad_request", `the picture ${message}`, {
    errors: [{ path: "", message }],
    cause,
  });
}
