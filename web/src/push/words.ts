/** What the service worker says itself, because an agent's push carries no text. A test holds the six languages to one another. */
export interface Words {
  offerTitle: string;
  offerBody: string;
}

export const words: Record<string, Words> = {
  en: { offerTitle: 'A customer waits for you', offerBody: 'Open the console to call.' },
  vi: { offerTitle: 'Có khách hàng đang chờ bạn', offerBody: 'Mở bảng điều khiển để gọi.' },
  zh: { offerTitle: '有客户在等您', offerBody: '打开控制台进行呼叫。' },
  fa: { offerTitle: 'مشتری منتظر شماست', offerBody: 'برای تماس، کنسول را باز کنید.' },
  ru: { offerTitle: 'Вас ждёт клиент', offerBody: 'Откройте консоль, чтобы позвонить.' },
  uk: { offerTitle: 'На вас чекає клієнт', offerBody: 'Відкрийте консоль, щоб зателефонувати.' },
};
