/** The languages that mails are written in. */
export type Language = "ko" | "en";

/** The one of our languages that an Accept-Language header prefers; English when it has none. */
export function preferredLanguage(acceptLanguage: string | undefined): Language {
  const ranges = (acceptLanguage ?? "").split(",").map((range) => {
    const [tag = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    const quality = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
    return { language: tag.split("-")[0], quality: quality === undefined ? 1 : Number(quality) };
  });
  const qualityOf = (language: Language) =>
    Math.max(0, ...ranges.filter((r) => r.language === language).map((r) => r.quality || 0));
  return qualityOf("ko") > qualityOf("en") ? "ko" : "en";
}
