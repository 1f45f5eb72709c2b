const MICROS_DIGITS = 12;
const PLACE_DIGITS = 6;
export const PLACE_MAX = 0xff_ff_ff;

/**
 * What a message carries through the servers in its `clientId`, so that whoever receives it knows all
 * about it without asking: no memory is shared among workers, and no text is parsed.
 */
export type Stamp = {
  /** When it was to be sent, by the machine's clock. */
  intendedMicros: number;
  /** Of the room that it was sent to: 24 bits of its id. */
  roomTag: number;
  /** The sender's place among all users of the run. */
  sender: number;
  /** 0, 1, 2 … of this sender. */
  number: number;
};

/** Stamp and number in one: unique within a run. */
export function keyOf({ sender, number }: Pick<Stamp, "sender" | "number">): number {
  return sender * (PLACE_MAX + 1) + number;
}

export function senderOf(key: number): number {
  return Math.floor(key / (PLACE_MAX + 1));
}

export function numberOf(key: number): number {
  return key % (PLACE_MAX + 1);
}

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, "0");

/** A UUID of version 8: its bits are the application's own. */
export function encodeClientId({ intendedMicros, roomTag, sender, number }: Stamp): string {
  const micros = hex(intendedMicros, MICROS_DIGITS);
  const tag = hex(roomTag, PLACE_DIGITS);
  const [high, low] = [micros.slice(0, 8), micros.slice(8)];
  const place = hex(sender, PLACE_DIGITS) + hex(number, PLACE_DIGITS);
  return `${high}-${low}-8${tag.slice(0, 3)}-8${tag.slice(3)}-${place}`;
}

/** Undefined for what no load generator has sent. */
export function decodeClientId(clientId: string): Stamp | undefined {
  if (clientId.length !== 36 || clientId[14] !== "8" || clientId[19] !== "8") return undefined;
  return {
    intendedMicros: Number.parseInt(clientId.slice(0, 8) + clientId.slice(9, 13), 16),
    roomTag: Number.parseInt(clientId.slice(15, 18) + clientId.slice(20, 23), 16),
    sender: Number.parseInt(clientId.slice(24, 30), 16),
    number: Number.parseInt(clientId.slice(30), 16),
  };
}

/** The last 24 bits of a room's id, which are random in each. */
export function roomTagOf(roomId: string): number {
  return Number.parseInt(roomId.slice(-PLACE_DIGITS), 16);
}
