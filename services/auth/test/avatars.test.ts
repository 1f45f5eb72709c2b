import sharp from "sharp";
import { beforeAll, describe, expect, it } from "vitest";
import { bearer, type SignedUp, useAuthServer } from "./auth-server.ts";

const server = useAuthServer();
let owner: SignedUp;

beforeAll(async () => {
  owner = await server().signUp("pictured");
});

const flat = (width: number, height: number, background: string) =>
  sharp({ create: { width, height, channels: 3, background } });

async function upload(file: Buffer, type = "image/png", { accessToken } = owner) {
  const headers = { ...bearer(accessToken), "content-type": type };
  return server().call("PUT", "/api/users/me/avatar", file, headers);
}

async function served(path: string | null, headers: Record<string, string> = {}) {
  const response = await server().app.inject({ url: path ?? "", headers });
  return { status: response.statusCode, headers: response.headers, image: response.rawPayload };
}

/** Red, green, blue of the pixel in the middle. */
async function middleOf(image: Buffer): Promise<number[]> {
  const raw = await sharp(image).removeAlpha().raw().toBuffer();
  const middle = (128 * 256 + 128) * 3;
  return [...raw.subarray(middle, middle + 3)];
}

describe("an uploaded picture", () => {
  it.each(["png", "jpeg", "webp", "gif"] as const)(
    "becomes 256 pixels square, WebP, from %s",
    async (kind) => {
      const { status, body } = await upload(
        await flat(600, 300, "#ff0000").toFormat(kind).toBuffer(),
        `image/${kind}`,
      );
      expect(status).toBe(200);
      expect(body).toEqual({ ...owner.user, avatarUrl: body.avatarUrl });
      expect(body.avatarUrl).toMatch(/^\/api\/users\/avatars\/[0-9a-f]{64}$/);
      const { image } = await served(body.avatarUrl);
      expect(await sharp(image).metadata()).toMatchObject({
        ...{ format: "webp", width: 256, height: 256 },
      });
      const [red = 0, green = 255, blue = 255] = await middleOf(image);
      expect([red > 240, green < 20, blue < 20]).toEqual([true, true, true]);
    },
  );

  it("is what its bytes are, whatever they are said to be", async () => {
    const png = await flat(10, 10, "#00ff00").png().toBuffer();
    for (const type of ["image/svg+xml", "text/html", "application/json", "x/y"]) {
      expect((await upload(png, type)).status).toBe(200);
    }
  });

  it("keeps nothing of where and by whom it was taken", async () => {
    const file = await flat(40, 20, "#0000ff")
      .withExif({
        IFD0: { Copyright: "somebody secret" },
        IFD3: { GPSLatitudeRef: "N", GPSLatitude: "37/1 33/1 0/1" },
      })
      .withXmp("<x:xmpmeta xmlns:x='adobe:ns:meta/'>somewhere secret</x:xmpmeta>")
      .jpeg()
      .toBuffer();
    expect(file.toString("latin1")).toContain("somebody secret");
    expect(file.toString("latin1")).toContain("somewhere secret");
    const { body } = await upload(Buffer.concat([file, Buffer.from("<script>hidden secret")]));
    const { image } = await served(body.avatarUrl);
    expect(image.toString("latin1")).not.toContain("secret");
    const { exif, xmp, iptc, icc } = await sharp(image).metadata();
    expect([exif, xmp, iptc, icc]).toEqual([undefined, undefined, undefined, undefined]);
  });

  it("stands upright, and of a moving one the first frame counts", async () => {
    const halves = await flat(20, 20, "#ff0000")
      .composite([{ input: await flat(20, 10, "#0000ff").png().toBuffer(), top: 10, left: 0 }])
      .withMetadata({ orientation: 3 })
      .jpeg()
      .toBuffer();
    const upright = await served((await upload(halves)).body.avatarUrl);
    const [red = 255, , blue = 0] = [
      ...(await sharp(upright.image)
        .extract({ left: 128, top: 20, width: 1, height: 1 })
        .raw()
        .toBuffer()),
    ];
    expect([red < 40, blue > 200]).toEqual([true, true]);
    const frames = await Promise.all(
      ["#00ff00", "#ff0000"].map((color) => flat(30, 30, color).png().toBuffer()),
    );
    const moving = await sharp(frames, { join: { animated: true } })
      .gif()
      .toBuffer();
    expect((await sharp(moving).metadata()).pages).toBe(2);
    const still = await served((await upload(moving)).body.avatarUrl);
    expect((await sharp(still.image).metadata()).pages ?? 1).toBe(1);
    const [r = 255, g = 0] = await middleOf(still.image);
    expect([r < 40, g > 200]).toEqual([true, true]);
  });

  it("is served to everybody, to be kept for ever, and never as a page", async () => {
    const { body } = await upload(await flat(20, 20, "#123456").png().toBuffer());
    const { status, headers } = await served(body.avatarUrl);
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      "content-type": "image/webp",
      "cache-control": "public, max-age=31536000, immutable",
      "content-security-policy": expect.stringContaining("sandbox"),
      "x-content-type-options": "nosniff",
    });
    const again = await served(body.avatarUrl, { "if-none-match": String(headers.etag) });
    expect([again.status, again.image.length]).toEqual([304, 0]);
  });

  it("has another address when it is another picture, and none when it was replaced", async () => {
    const first = await upload(await flat(20, 20, "#111111").png().toBuffer());
    const second = await upload(await flat(20, 20, "#999999").png().toBuffer());
    expect(second.body.avatarUrl).not.toBe(first.body.avatarUrl);
    expect((await served(first.body.avatarUrl)).status).toBe(404);
    const url = "https://example.org/a.png";
    const patched = await server().call(
      "PATCH",
      "/api/users/me",
      { avatarUrl: url },
      bearer(owner.accessToken),
    );
    expect(patched.body.avatarUrl).toBe(url);
    expect((await served(second.body.avatarUrl)).status).toBe(404);
  });

  it("stays while a user changes something else, or another user has the same one", async () => {
    const file = await flat(20, 20, "#abcdef").png().toBuffer();
    const other = await server().signUp("lookalike");
    const { body } = await upload(file);
    expect((await upload(file, "image/png", other)).body.avatarUrl).toBe(body.avatarUrl);
    await server().call("PATCH", "/api/users/me", { bio: "new" }, bearer(owner.accessToken));
    await server().call("DELETE", "/api/users/me/avatar", undefined, bearer(other.accessToken));
    expect((await served(body.avatarUrl)).status).toBe(200);
    const taken = await server().call(
      "DELETE",
      "/api/users/me/avatar",
      undefined,
      bearer(owner.accessToken),
    );
    expect([taken.status, taken.body.avatarUrl]).toEqual([200, null]);
    expect((await served(body.avatarUrl)).status).toBe(404);
  });
});

describe("no picture", () => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script/></svg>';
  it.each<[string, () => Promise<Buffer> | Buffer]>([
    ["SVG", () => Buffer.from(svg)],
    ["SVG with a declaration", () => Buffer.from(`<?xml version="1.0"?>${svg}`)],
    ["HTML", () => Buffer.from("<!doctype html><script>alert(1)</script>")],
    ["PDF", () => Buffer.from("%PDF-1.7\n")],
    ["TIFF", () => flat(9, 9, "#000000").tiff().toBuffer()],
    ["AVIF", () => flat(9, 9, "#000000").avif().toBuffer()],
    ["a script behind the first bytes of a GIF", () => Buffer.from("GIF89a/*<script>*/")],
    ["half a PNG", async () => (await flat(99, 99, "#000000").png().toBuffer()).subarray(0, 60)],
    ["nothing", () => Buffer.alloc(0)],
    ["JSON", () => Buffer.from('{"type":"Buffer","data":[137,80,78,71]}')],
  ])("is %s", async (_name, file) => {
    const { status, body } = await upload(await file());
    expect([status, body.code]).toEqual([400, "bad_request"]);
    expect(body.errors).toHaveLength(1);
  });

  it("is a small file that would unpack to 81 million pixels", async () => {
    const bomb = await flat(9_000, 9_000, "#000000").png({ compressionLevel: 9 }).toBuffer();
    expect(bomb.length).toBeLessThan(1024 * 1024);
    const { status, body } = await upload(bomb);
    expect([status, body.code]).toEqual([400, "bad_request"]);
  });

  it("is more than one MiB, and a MiB is not too much", async () => {
    const png = await flat(9, 9, "#ffffff").png().toBuffer();
    const padded = (bytes: number) => Buffer.concat([png, Buffer.alloc(bytes - png.length)]);
    expect((await upload(padded(1024 * 1024))).status).toBe(200);
    const { status, body } = await upload(padded(1024 * 1024 + 1));
    expect([status, body.code]).toEqual([413, "too_large"]);
  });

  it("comes from strangers, and their megabyte is not even read", async () => {
    const headers = { "content-type": "image/png" };
    const large = Buffer.alloc(2 * 1024 * 1024);
    const refused = await server().call("PUT", "/api/users/me/avatar", large, headers);
    expect([refused.status, refused.body.code]).toEqual([401, "token_invalid"]);
    expect((await server().call("DELETE", "/api/users/me/avatar")).status).toBe(401);
  });

  it.each(["x", "0".repeat(64), "..%2f..%2fetc%2fpasswd"])("is at %s", async (name) => {
    const { status } = await served(`/api/users/avatars/${name}`);
    expect([400, 404]).toContain(status);
  });
});

it("one user uploads forty pictures a minute at most, and keeps nobody else from it", async () => {
  const [busy, other] = [await server().signUp("busy"), await server().signUp("unhurried")];
  const nothing = Buffer.from("no picture");
  for (let i = 0; i < 40; i++) expect((await upload(nothing, "image/png", busy)).status).toBe(400);
  const refused = await upload(nothing, "image/png", busy);
  expect([refused.status, refused.body.code]).toEqual([429, "rate_limited"]);
  expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
  expect((await upload(nothing, "image/png", other)).status).toBe(400);
});
