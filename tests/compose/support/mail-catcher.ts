type Summary = { readonly ID: string; readonly To: readonly { readonly Address: string }[] };

/** The mails that the `mail` service has caught (Mailpit's API). */
export class MailCatcher {
  readonly #url: string;

  constructor(port: number) {
    this.#url = `http://127.0.0.1:${port}/api/v1`;
  }

  /** The text of the newest mail to somebody. */
  async lastTo(address: string): Promise<string | undefined> {
    const { messages } = (await this.#ask("messages")) as { messages: Summary[] };
    const found = messages.find(({ To }) => To.some(({ Address }) => Address === address));
    if (found === undefined) return undefined;
    return ((await this.#ask(`message/${found.ID}`)) as { Text: string }).Text;
  }

  async #ask(path: string): Promise<unknown> {
    const answer = await fetch(`${this.#url}/${path}`);
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return answer.json();
  }
}
