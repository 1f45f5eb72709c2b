/** Pairs of Korean particles: the first after a final consonant, the second after a vowel. */
type ParticlePair = "을/를" | "이/가" | "은/는" | "과/와" | "으로/로";

const HANGUL_FIRST = 0xac00;
const HANGUL_LAST = 0xd7a3;
const FINALS_PER_SYLLABLE = 28;
const FINAL_RIEUL = 8;

/** How digits end when read aloud in Korean: 영 일 이 삼 사 오 육 칠 팔 구. */
const DIGIT_FINALS: readonly ("none" | "rieul" | "other")[] = [
  "other",
  "rieul",
  "none",
  "other",
  "none",
  "none",
  "other",
  "rieul",
  "rieul",
  "none",
];

function finalConsonantOf(word: string): "none" | "rieul" | "other" | "unknown" {
  const last = [...word].findLast((character) => /[\p{L}\p{Nd}]/u.test(character));
  if (last === undefined) return "unknown";
  const code = last.codePointAt(0) ?? 0;
  if (code >= HANGUL_FIRST && code <= HANGUL_LAST) {
    const final = (code - HANGUL_FIRST) % FINALS_PER_SYLLABLE;
    if (final === 0) return "none";
    return final === FINAL_RIEUL ? "rieul" : "other";
  }
  if (last >= "0" && last <= "9") return DIGIT_FINALS[Number(last)] ?? "unknown";
  return "unknown";
}

/**
 * The word with the particle that fits its last sound. Latin and other scripts give no certain
 * sound: both forms are written, as Korean print does ("Moim을(를)").
 */
export function withParticle(word: string, pair: ParticlePair): string {
  const [afterConsonant = "", afterVowel = ""] = pair.split("/");
  const final = finalConsonantOf(word);
  if (final === "unknown") {
    return word + (pair === "으로/로" ? "(으)로" : `${afterConsonant}(${afterVowel})`);
  }
  // 로 follows a vowel and also ㄹ: "서울로".
  const takesVowelForm = final === "none" || (pair === "으로/로" && final === "rieul");
  return word + (takesVowelForm ? afterVowel : afterConsonant);
}
