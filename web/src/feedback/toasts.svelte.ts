export type Toast = { id: number; tone: "bad" | "plain"; text: string };

const SHOWN_MS = 5_000;
const TOASTS_MAX = 3;

/** Short messages about what just happened. They leave by themselves and never take the focus. */
export class Toasts {
  #shown: readonly Toast[] = $state.raw([]);
  #lastId = 0;

  get shown(): readonly Toast[] {
    return this.#shown;
  }

  show(text: string, tone: Toast["tone"] = "bad"): void {
    const id = ++this.#lastId;
    this.#shown = [...this.#shown, { id, tone, text }].slice(-TOASTS_MAX);
    setTimeout(() => this.dismiss(id), SHOWN_MS);
  }

  dismiss(id: number): void {
    this.#shown = this.#shown.filter((toast) => toast.id !== id);
  }
}
