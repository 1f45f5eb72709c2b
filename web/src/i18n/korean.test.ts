import { expect, it } from "vitest";
import { korean } from "./korean.ts";

const { deletedPerson, unknownPerson, notices } = korean;

it.each([
  [notices.invited("민준", ["지수"]), "민준 님이 지수 님을 초대했습니다."],
  [notices.invited("민준", ["지수", "하나"]), "민준 님이 지수, 하나 님을 초대했습니다."],
  [notices.invited("민준", ["회원님", "지수"]), "민준 님이 회원님과 지수 님을 초대했습니다."],
  [notices.invited(null, [deletedPerson]), "탈퇴한 사용자를 초대했습니다."],
  [
    notices.invited("민준", [deletedPerson, "지수"]),
    "민준 님이 지수 님과 탈퇴한 사용자를 초대했습니다.",
  ],
  [notices.removed(deletedPerson, ["회원님"]), "탈퇴한 사용자가 회원님을 내보냈습니다."],
  [korean.replyingTo(deletedPerson), "탈퇴한 사용자에게 답장"],
  [korean.replyingTo("지수"), "지수 님에게 답장"],
  [korean.removePerson(unknownPerson), "알 수 없는 사용자 빼기"],
  [korean.removeMember(deletedPerson), "탈퇴한 사용자 내보내기"],
  [korean.removeQuestion(deletedPerson), "탈퇴한 사용자를 내보내시겠습니까?"],
  [korean.removeQuestion("지수"), "지수 님을 내보내시겠습니까?"],
  [korean.typing(["지수", "하나"], 0), "지수, 하나 님이 입력 중…"],
  [korean.typing([unknownPerson], 0), "알 수 없는 사용자가 입력 중…"],
  [korean.typing(["지수", "하나"], 3), "지수, 하나 님 외 3명이 입력 중…"],
])("%s", (said, expected) => {
  expect(said).toBe(expected);
});
