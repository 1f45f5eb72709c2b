/** `log:` is the one way of sending so far. */
export function isSupportedMailUrl(text: string): boolean {
  return URL.canParse(text) && new URL(text).protocol === "log:";
}
