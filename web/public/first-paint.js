// Runs before the first paint, so that a chosen theme and language never flash into place.
// Kept a file of its own because the content security policy refuses inline scripts.
// The keys are those of src/appearance/theme.svelte.ts and src/i18n/language.svelte.ts.
try {
  const theme = localStorage.getItem("moim.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  const language = localStorage.getItem("moim.language");
  if (language === "ko" || language === "en") document.documentElement.lang = language;
} catch {
  // Storage is refused in some private windows: the system's theme stays.
}
