export type ImageKind = "png" | "jpeg" | "webp" | "gif";

/** What the first bytes say that a file is; undefined for everything that we do not take. */
export function imageKind(file: Uint8Array): ImageKind | undefined {
  const head = Buffer.from(file.subarray(0, 12)).toString("latin1");
  if (head.startsWith("\x89PNG\r\n\x1a\n")) return "png";
  if (head.startsWith("\xff\xd8\xff")) return "jpeg";
  if (head.startsWith("RIFF") && head.slice(8) === "WEBP") return "webp";
  if (head.startsWith("GIF87a") || head.startsWith("GIF89a")) return "gif";
  return undefined;
}
