import type { Language } from "./language.ts";
import type { Mail } from "./mail.ts";
import { layOut, type Words } from "./page.ts";

/** What a letter is about, and what it needs to be written. */
export type Letter =
  | { kind: "verification-code"; code: string }
  | { kind: "already-signed-up" }
  | { kind: "password-reset"; token: string }
  | { kind: "password-changed" }
  | { kind: "session-stolen" };

/** Writes a letter. Links lead to `publicUrl`, where people open the app. */
export function writeLetter(
  to: string,
  letter: Letter,
  language: Language,
  publicUrl: string,
): Mail {
  const page = (path: string) => `${publicUrl.replace(/\/+$/, "")}${path}`;
  return layOut(to, language, wordsOf(letter, language, page));
}

type Page = (path: string) => string;

function wordsOf(letter: Letter, language: Language, page: Page): Words {
  switch (letter.kind) {
    case "verification-code":
      return verificationCode(letter.code)[language];
    case "already-signed-up":
      return alreadySignedUp(page)[language];
    case "password-reset":
      return passwordReset(page(`/reset-password/${letter.token}`))[language];
    case "password-changed":
      return passwordChanged(page)[language];
    case "session-stolen":
      return sessionStolen(page)[language];
  }
}

type InBoth = Record<Language, Words>;

function verificationCode(code: string): InBoth {
  return {
    ko: {
      subject: `모임 인증 코드: ${code}`,
      before: ["가입을 마치려면 아래 인증 코드를 입력하세요. 코드는 10분 동안 사용할 수 있습니다."],
      emphasis: { code },
      after: [
        "이 코드를 다른 사람에게 알려 주지 마세요. 직접 요청하지 않았다면 이 메일을 무시하셔도 됩니다.",
      ],
    },
    en: {
      subject: `Your Moim code: ${code}`,
      before: ["To finish signing up, enter this code. It can be used for 10 minutes."],
      emphasis: { code },
      after: ["Do not pass it on to anybody. If you did not ask for it, ignore this mail."],
    },
  };
}

/** To the owner of an address that somebody, perhaps the owner, tried to sign up with again. */
function alreadySignedUp(page: Page): InBoth {
  const link = page("/");
  return {
    ko: {
      subject: "이미 모임에 가입되어 있습니다",
      before: [
        "이 이메일 주소로 가입하려는 요청이 있었지만, 이미 계정이 있습니다. 로그인하시거나, 비밀번호를 잊으셨다면 로그인 화면에서 재설정하세요.",
      ],
      emphasis: { link, label: "모임 열기" },
      after: ["직접 요청하지 않았다면 이 메일을 무시하셔도 됩니다. 계정에는 바뀐 것이 없습니다."],
    },
    en: {
      subject: "You already have a Moim account",
      before: [
        "Somebody asked to sign up with this address, but it has an account already. Sign in, or reset your password there if you have forgotten it.",
      ],
      emphasis: { link, label: "Open Moim" },
      after: ["If it was not you, ignore this mail. Nothing about your account has changed."],
    },
  };
}

function passwordReset(link: string): InBoth {
  return {
    ko: {
      subject: "모임 비밀번호 재설정",
      before: [
        "비밀번호를 재설정하려면 아래 링크를 여세요. 링크는 30분 동안 한 번만 사용할 수 있습니다.",
      ],
      emphasis: { link, label: "새 비밀번호 정하기" },
      after: [
        "비밀번호를 바꾸면 모든 기기에서 로그아웃됩니다.",
        "직접 요청하지 않았다면 이 메일을 무시하세요. 비밀번호는 그대로입니다.",
      ],
    },
    en: {
      subject: "Reset your Moim password",
      before: ["To choose a new password, follow this link. It works once, within 30 minutes."],
      emphasis: { link, label: "Choose a new password" },
      after: [
        "All of your devices will be signed out when the password changes.",
        "If you did not ask for this, ignore this mail. Your password stays as it is.",
      ],
    },
  };
}

function passwordChanged(page: Page): InBoth {
  const link = page("/");
  return {
    ko: {
      subject: "모임 비밀번호가 변경되었습니다",
      before: [
        "계정의 비밀번호가 방금 변경되었고, 다른 기기에서는 로그아웃되었습니다.",
        "직접 변경하지 않았다면 지금 로그인 화면에서 비밀번호를 재설정하세요.",
      ],
      emphasis: { link, label: "모임 열기" },
      after: [],
    },
    en: {
      subject: "Your Moim password was changed",
      before: [
        "The password of your account has just been changed, and your other devices have been signed out.",
        "If it was not you, reset your password from the sign-in page now.",
      ],
      emphasis: { link, label: "Open Moim" },
      after: [],
    },
  };
}

/** After a spent refresh token was used again: the owner or a thief did, and nobody can tell which. */
function sessionStolen(page: Page): InBoth {
  const link = page("/");
  return {
    ko: {
      subject: "모임 보안 알림: 한 기기가 로그아웃되었습니다",
      before: [
        "이미 사용된 로그인 정보가 다시 사용되어, 안전을 위해 그 기기의 로그인을 끝냈습니다. 누군가 로그인 정보를 복사했을 수 있습니다.",
        "다시 로그인해서 설정의 로그인 기기 목록을 확인하고, 모르는 기기가 있으면 로그아웃시킨 뒤 비밀번호를 변경하세요.",
      ],
      emphasis: { link, label: "모임 열기" },
      after: [],
    },
    en: {
      subject: "Moim security alert: a device was signed out",
      before: [
        "Credentials of one of your devices were used a second time, so we have signed that device out. Somebody may have copied them.",
        "Sign in again and look at the list of your devices in the settings. If you do not know one of them, sign it out and change your password.",
      ],
      emphasis: { link, label: "Open Moim" },
      after: [],
    },
  };
}
