/** What the page says in the two languages, written down here so that the tests see it change. */
export const LABELS = {
  en: {
    locale: "en-GB",
    newMessage: "New message",
    searchPeople: "Search by nickname or name",
    chat: "Chat",
    details: "Details",
    leaveRoom: "Leave chat",
    leaveQuestion: "Leave this chat?",
    leave: "Leave",
    cancel: "Cancel",
  },
  ko: {
    locale: "ko-KR",
    newMessage: "새로운 메시지",
    searchPeople: "닉네임 또는 이름 검색",
    chat: "채팅",
    details: "상세 정보",
    leaveRoom: "채팅방 나가기",
    leaveQuestion: "채팅을 나가시겠습니까?",
    leave: "나가기",
    cancel: "취소",
  },
} as const;

export type LanguageCode = keyof typeof LABELS;
