/**
 * Something that the person at the terminal can mend. `message` is one line that says what is
 * wrong and what to do; `details` are log lines that may be shown below it.
 */
export class StartFailure extends Error {
  readonly details: readonly string[];

  constructor(message: string, details: readonly string[] = []) {
    super(message);
    this.name = "StartFailure";
    this.details = details;
  }
}
