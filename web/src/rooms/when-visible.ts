import type { Attachment } from "svelte/attachments";

/** Begins a little before the element comes into view, so that scrolling rarely has to wait. */
const AHEAD = "600px";
const AGAIN_MS = 1_000;

/**
 * Calls while the element is in or near view, again and again until it is gone: for endless lists.
 * After a call that failed there is a pause; after one that brought a page the next follows at once.
 */
export function whenVisible(load: () => Promise<unknown>): Attachment {
  return (element) => {
    let isLoading = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.at(-1)?.isIntersecting) void run();
      },
      { rootMargin: AHEAD },
    );
    /** The observer speaks at once of what it begins to observe, with the next frame. */
    const look = () => {
      observer.unobserve(element);
      observer.observe(element);
    };
    const run = async () => {
      if (isLoading) return;
      isLoading = true;
      const hasLoaded = await load().then(
        () => true,
        () => false,
      );
      isLoading = false;
      if (!element.isConnected) return;
      if (hasLoaded) look();
      else timer = setTimeout(look, AGAIN_MS);
    };
    look();
    return () => {
      clearTimeout(timer);
      observer.disconnect();
    };
  };
}
