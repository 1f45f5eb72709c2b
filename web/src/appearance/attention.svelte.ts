/** Whether somebody is looking: the page is visible and its window has the focus. */
export class Attention {
  #isPaid = $state(false);

  constructor() {
    const look = () => {
      this.#isPaid = document.visibilityState === "visible" && document.hasFocus();
    };
    look();
    document.addEventListener("visibilitychange", look);
    window.addEventListener("focus", look);
    window.addEventListener("blur", look);
  }

  get isPaid(): boolean {
    return this.#isPaid;
  }
}
