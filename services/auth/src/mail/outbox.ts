import { v7 as uuidv7 } from "uuid";
import { z } from "zod";
import type { Database } from "../db/database.ts";
import { fromNow, mailOutbox } from "../db/schema.ts";
import type { Language } from "./language.ts";
import { type Letter, writeLetter } from "./letters.ts";
import type { Mail } from "./mail.ts";
import type { Seal } from "./seal.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** How long delivery is tried. A code or a link is of no use to anybody once it has run out. */
const LIFETIME_MS: Record<Letter["kind"], number> = {
  "verification-code": 10 * MINUTE_MS,
  "already-signed-up": 10 * MINUTE_MS,
  "password-reset": 30 * MINUTE_MS,
  "password-changed": DAY_MS,
  "session-stolen": DAY_MS,
};

export type Post = {
  to: string;
  letter: Letter;
  language: Language;
  /** False: written like any other, and thrown away instead of being sent. Nobody can tell by the time. */
  isSent?: boolean;
};

export type OutboxParts = { seal: Seal; publicUrl: string };

/** Where letters wait for the mail server, sealed: codes and links must not stand in a database. */
export class Outbox {
  readonly #parts: OutboxParts;
  #onWritten = () => {};

  constructor(parts: OutboxParts) {
    this.#parts = parts;
  }

  /** Together with what the letter tells of, or not at all. Call `announce` after the commit. */
  async write(database: Database, { to, letter, language, isSent = true }: Post): Promise<void> {
    const id = uuidv7();
    const mail = writeLetter(to, letter, language, this.#parts.publicUrl);
    await database.insert(mailOutbox).values({
      id,
      sealed: sealContent(this.#parts.seal, id, { mail, isSent }),
      // By the database's clock, which all who deliver share.
      expiresAt: fromNow(LIFETIME_MS[letter.kind]),
    });
  }

  /** Letters are there to be delivered. Without this call they leave a little later. */
  announce(): void {
    this.#onWritten();
  }

  onWritten(listener: () => void): void {
    this.#onWritten = listener;
  }
}

const content = z.object({
  mail: z.object({ to: z.string(), subject: z.string(), text: z.string(), html: z.string() }),
  isSent: z.boolean(),
});
export type Content = { mail: Mail; isSent: boolean };

export function sealContent(seal: Seal, id: string, content: Content): Buffer {
  return seal.close(JSON.stringify(content), id);
}

/** Undefined when it was sealed under a key that is gone, or is no letter. */
export function openContent(seal: Seal, id: string, sealed: Buffer): Content | undefined {
  const text = seal.open(sealed, id);
  if (text === undefined) return undefined;
  const result = content.safeParse(JSON.parse(text));
  return result.success ? result.data : undefined;
}
