// Where a file that the page consists of does not arrive (a network that changes while the page loads,
// a part that a new version has replaced), the page is loaded again by itself: a few times, waiting
// longer each time, and never more, so that it does not go round for ever. Then it says so, and what
// index.html holds for this case offers the same by hand.
// A file of its own that needs no other, because the others are what is missing.
(() => {
  const KEY = "moim.loaded-again";
  const TIMES_MAX = 3;
  const WITHIN_MS = 60_000;
  const FIRST_WAIT_MS = 500;
  let isWaiting = false;

  /** When it was loaded again lately; in a window without storage, as if it had been often enough. */
  function lately() {
    try {
      const times = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
      return times.filter((atMs) => Date.now() - atMs < WITHIN_MS);
    } catch {
      return Array(TIMES_MAX).fill(Date.now());
    }
  }

  /** Whether what index.html holds has made way for the page. */
  function isUp() {
    const app = document.querySelector("#app");
    return app !== null && app.querySelector(".not-loaded") === null;
  }

  function giveUp() {
    // A page that works but for one part is better than none.
    if (isUp()) return;
    document.documentElement.dataset.load = "failed";
    addEventListener("online", () => location.reload());
  }

  function loadAgain() {
    if (isWaiting) return;
    // Nothing is to be had now; and the page that is there is better than none.
    if (!navigator.onLine) return giveUp();
    const times = lately();
    if (times.length >= TIMES_MAX) return giveUp();
    isWaiting = true;
    setTimeout(
      () => {
        sessionStorage.setItem(KEY, JSON.stringify([...times, Date.now()]));
        location.reload();
      },
      FIRST_WAIT_MS * 2 ** times.length,
    );
  }

  function isNeeded(element) {
    return (
      element instanceof HTMLScriptElement ||
      (element instanceof HTMLLinkElement && element.relList.contains("stylesheet"))
    );
  }

  // Does not bubble: heard on its way down.
  addEventListener("error", ({ target }) => isNeeded(target) && loadAgain(), true);
  // A part that is loaded when needed.
  addEventListener("vite:preloadError", loadAgain);
})();
