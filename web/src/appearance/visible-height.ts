/** Less than this hidden from below is the browser's own bar coming or going, no keyboard. */
const KEYBOARD_MIN_PX = 120;

/**
 * Where a phone's keyboard lies over the page instead of making it smaller (iOS), keeps the page as
 * high as what can be seen, so that neither the text field nor a dialog's button is below it. Other
 * browsers resize the page by themselves, as index.html asks.
 */
export function followVisibleHeight(viewport: VisualViewport, root: HTMLElement): void {
  const fit = () => {
    // Zoomed in by two fingers, what can be seen is small for another reason.
    const hidden = viewport.scale === 1 ? window.innerHeight - viewport.height : 0;
    if (hidden < KEYBOARD_MIN_PX) {
      root.style.removeProperty("--visible-height");
      return;
    }
    root.style.setProperty("--visible-height", `${Math.round(viewport.height)}px`);
    // The browser has pushed the page up, for a field that now is in view without.
    window.scrollTo(0, 0);
  };
  viewport.addEventListener("resize", fit);
  fit();
}
