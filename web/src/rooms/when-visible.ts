import type { Attachment } from "svelte/attachments";

/** Begins a little before the element comes into view, so that scrolling rarely has to wait. */
const AHEAD = "600px";
const AGAIN_MS = 1_000;

/** Calls while the element is in or near view, again and again until it is gone: for endless lists. */
export function whenVisible(load: () => Promise<unknown>): Attachment {
  return (element) => {
    let isNear = false;
    let isLoading = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const run = async () => {
      if (isLoading || !isNear) return;
      isLoading = true;
      await load();
      isLoading = false;
      // A pause, so that a page that fails is not asked for without end.
      timer = setTimeout(run, AGAIN_MS);
    };
    const observer = new IntersectionObserver(
      (entries) => {
        isNear = entries.at(-1)?.isIntersecting ?? false;
        void run();
      },
      { rootMargin: AHEAD },
    );
    observer.observe(element);
    return () => {
      isNear = false;
      clearTimeout(timer);
      observer.disconnect();
    };
  };
}
