const ICON = "/icon.svg";
/** More does not fit into sixteen pixels. */
const DIGIT_MAX = 9;

/** Shows on the tab's icon, and on the installed page's, how much is unread; 0 takes it away. */
export function showBadge(unread: number): void {
  const link = document.querySelector<HTMLLinkElement>("link[rel=icon]");
  if (link !== null) link.href = unread > 0 ? badgedIcon(unread) : ICON;
  if (!("setAppBadge" in navigator)) return;
  // Refused where the page is not installed; there the tab's icon is enough.
  navigator.setAppBadge(unread).catch(() => undefined);
}

/** The page's icon with a red circle that holds the number. */
export function badgedIcon(unread: number): string {
  const text = unread > DIGIT_MAX ? `${DIGIT_MAX}+` : String(unread);
  const drawing = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">
    <rect width="64" height="64" rx="16" fill="#0f6e68"/>
    <path fill="#fff" d="M21 15h22c6.1 0 11 4.9 11 11v8c0 6.1-4.9 11-11 11H31.5l-9.9 8.3c-1 .8-2.6.1-2.6-1.2v-7.2C13.8 44 10 39.4 10 34v-8c0-6.1 4.900-11 11-11Z"/>
    <circle cx="44" cy="44" r="20" fill="#d0402b"/>
    <text x="44" y="54" text-anchor="middle" font-family="sans-serif" font-weight="700" font-size="${text.length > 1 ? 24 : 30}" fill="#fff">${text}</text>
  </svg>`;
  return `data:image/svg+xml,${encodeURIComponent(drawing)}`;
}
