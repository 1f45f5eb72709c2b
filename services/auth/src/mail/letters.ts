import type { Mail } from "./mailer.ts";

export type Language = "ko" | "en";

/** The first of our languages that an Accept-Language header prefers; English when it has none. */
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

export function verificationCodeMail(to: string, code: string, language: Language): Mail {
  return language === "ko"
    ? {
        to,
        subject: `모임 인증 코드: ${code}`,
        text: `인증 코드는 ${code} 입니다. 10분 동안 사용할 수 있습니다.\n\n직접 요청하지 않았다면 이 메일을 무시하세요.\n`,
      }
    : {
        to,
        subject: `Your Moim code: ${code}`,
        text: `Your code is ${code}. It can be used for 10 minutes.\n\nIf you did not ask for it, ignore this mail.\n`,
      };
}

/** To the owner of an address that somebody, perhaps the owner, tried to sign up with again. */
export function alreadySignedUpMail(to: string, language: Language): Mail {
  return language === "ko"
    ? {
        to,
        subject: "이미 모임에 가입되어 있습니다",
        text: "이 이메일 주소로 새 가입이 요청되었지만 이미 계정이 있습니다. 로그인하거나 비밀번호를 재설정하세요.\n\n직접 요청하지 않았다면 이 메일을 무시하세요.\n",
      }
    : {
        to,
        subject: "You already have a Moim account",
        text: "Somebody asked to sign up with this address, but it has an account already. Sign in, or reset your password.\n\nIf it was not you, ignore this mail.\n",
      };
}
