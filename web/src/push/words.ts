/** What the service worker says itself, because an agent's push carries no text. A test holds the six languages to one another. */
export interface Words {
  offerTitle: string;
  offerBody: string;
  invitedTitle: string;
  invitedBody: string;
}

export const words: Record<string, Words> = {
  en: { offerTitle: 'A customer waits for you', offerBody: 'Open the console to call.',
    invitedTitle: 'A colleague asks you into a call', invitedBody: 'Open the console to join.' },
  vi: { offerTitle: 'Có khách hàng đang chờ bạn', offerBody: 'Mở bảng điều khiển để gọi.',
    invitedTitle: 'Đồng nghiệp mời bạn vào cuộc gọi', invitedBody: 'Mở bảng điều khiển để tham gia.' },
  zh: { offerTitle: '有客户在等您', offerBody: '打开控制台进行呼叫。',
    invitedTitle: '同事邀请您加入通话', invitedBody: '打开控制台加入。' },
  fa: { offerTitle: 'مشتری منتظر شماست', offerBody: 'برای تماس، کنسول را باز کنید.',
    invitedTitle: 'همکاری شما را به تماس دعوت می‌کند', invitedBody: 'برای پیوستن، کنسول را باز کنید.' },
  ru: { offerTitle: 'Вас ждёт клиент', offerBody: 'Откройте консоль, чтобы позвонить.',
    invitedTitle: 'Коллега приглашает вас в звонок', invitedBody: 'Откройте консоль, чтобы присоединиться.' },
  uk: { offerTitle: 'На вас чекає клієнт', offerBody: 'Відкрийте консоль, щоб зателефонувати.',
    invitedTitle: 'Колега запрошує вас у дзвінок', invitedBody: 'Відкрийте консоль, щоб долучитися.' },
};
