/** What a message says, so long in bytes: the same for the sender and for whoever checks what is stored. */
export function textOf(key: number, bytes: number): string {
  return `${key.toString(36)} `.padEnd(bytes, "m").slice(0, bytes);
}
