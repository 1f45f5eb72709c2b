/** Something in the command line cannot be used; the message says what, in one line. */
export class UsageError extends Error {}
