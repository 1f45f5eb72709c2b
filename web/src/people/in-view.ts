import type { Attachment } from "svelte/attachments";

/** So far beyond the edges counts as in view, too: what comes by scrolling is there already. */
const MARGIN = "200px";

const told = new WeakMap<Element, (isInView: boolean) => void>();
let observer: IntersectionObserver | undefined;

/** Tells whether the element is in or near the view, from now on and whenever that changes. */
export function inView(tell: (isInView: boolean) => void): Attachment {
  return (element) => {
    // One for all: a list may hold a thousand of them.
    observer ??= new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries) told.get(target)?.(isIntersecting);
      },
      { rootMargin: MARGIN },
    );
    told.set(element, tell);
    observer.observe(element);
    return () => {
      told.delete(element);
      observer?.unobserve(element);
    };
  };
}
