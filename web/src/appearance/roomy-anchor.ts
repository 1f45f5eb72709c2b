/** Below this neither above nor below an element in the middle is room for what opens over it. */
const LOW = "(height < 28rem)";

type Anchor = HTMLElement | { getBoundingClientRect: () => DOMRect };

/**
 * Where a menu or panel opens over an element. In a low window it gets all of its height, and covers the element: as if
 * that stood at the upper edge.
 */
export function roomyAnchor(element: HTMLElement): Anchor {
  if (!matchMedia(LOW).matches) return element;
  return {
    getBoundingClientRect: () => {
      const { x, width } = element.getBoundingClientRect();
      return new DOMRect(x, 0, width, 0);
    },
  };
}
