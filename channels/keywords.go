package channels

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/visavis/visavis/channels/texts"
)

// Intent is what a customer's message, or the key that was pressed, asks for.
type Intent string

// The intents.
const (
	IntentStop  Intent = "stop"   // no more messages on this channel, except codes and rings
	IntentStart Intent = "start"  // again
	IntentHelp  Intent = "help"   // who are you
	IntentNotMe Intent = "not_me" // the code that came was not asked for
	IntentYes   Intent = "yes"
	IntentNo    Intent = "no"
	IntentText  Intent = "text" // anything else
)

// words are the keywords by intent and language. "" holds those that do not tell
// the language: they are understood everywhere. They are written as plainWord
// makes them. A message counts when it is nothing but the keyword.
var words = map[Intent]map[string][]string{
	IntentStop: {
		"":   {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout", "td", "t", "tc", "стоп"},
		"vi": {"dung", "dừng", "ngung", "ngừng", "huy", "hủy", "tuchoi", "từchối"},
		"zh": {"停止", "退订", "退訂", "取消", "取消订阅", "取消訂閱"},
		"fa": {"لغو", "لغو11", "توقف", "قطع"},
		"ru": {"отписаться", "отписка", "отмена"},
		"uk": {"відписатися", "відписка", "скасувати"},
	},
	IntentStart: {
		"":   {"start", "unstop", "resume", "subscribe", "старт"},
		"vi": {"batdau", "bắtđầu", "dangky", "đăngký", "tieptuc", "tiếptục"},
		"zh": {"开始", "開始", "订阅", "訂閱", "恢复", "恢復"},
		"fa": {"شروع", "آغاز", "عضویت"},
		"ru": {"начать", "подписаться", "возобновить"},
		"uk": {"почати", "підписатися", "відновити"},
	},
	IntentHelp: {
		"":   {"help", "info"},
		"vi": {"trogiup", "trợgiúp", "hotro", "hỗtrợ"},
		"zh": {"帮助", "幫助"},
		"fa": {"راهنما", "کمک"},
		"ru": {"помощь", "справка", "инфо"},
		"uk": {"допомога", "довідка", "інфо"},
	},
	IntentNotMe: {
		"":   {"notme", "notmine", "itwasntme", "itwasnotme", "thatwasntme", "thatwasnotme", "wasntme", "нея"},
		"vi": {"khongphaitoi", "khôngphảitôi", "khongphaiminh", "khôngphảimình"},
		"zh": {"不是我", "这不是我", "這不是我", "不是本人", "非本人"},
		"fa": {"مننبودم", "مننیستم"},
		"ru": {"этонея", "этобылнея"},
		"uk": {"ценея", "цебувнея", "цебуланея"},
	},
	IntentYes: {
		"": {"yes", "y", "ok", "1"}, "vi": {"co", "có", "vang", "vâng", "dongy", "đồngý"}, "zh": {"是", "好", "同意", "是的"},
		"fa": {"بله", "آری"}, "ru": {"да"}, "uk": {"так"},
	},
	IntentNo: {
		"": {"no", "n", "0"}, "vi": {"khong", "không"}, "zh": {"不", "否", "不是"}, "fa": {"نه", "خیر"}, "ru": {"нет"}, "uk": {"ні"},
	},
}

// keyword is an intent and the language that its word tells.
type keyword struct {
	intent Intent
	locale string
}

// keywords are words by themselves.
var keywords = func() map[string]keyword {
	all := map[string]keyword{}
	add := func(word, locale string, intent Intent) {
		if was, ok := all[word]; ok && was.locale != locale {
			locale = "" // several languages have it
		}
		all[word] = keyword{intent, locale}
	}
	for intent, locales := range words {
		for locale, list := range locales {
			for _, word := range list {
				add(word, locale, intent)
			}
		}
	}
	for locale, word := range texts.NotMe { // what the texts ask people to answer
		if locale == "en" {
			locale = ""
		}
		add(plainWord(word), locale, IntentNotMe)
	}
	return all
}()

// IntentOf says what a customer's text asks for, and the language of the
// keyword, "" when it does not tell. Case, spaces, punctuation, invisible
// characters and the two ways to write Persian letters do not matter.
func IntentOf(text string) (Intent, string) {
	if len(text) > 200 {
		return IntentText, ""
	}
	k, ok := keywords[plainWord(text)]
	if !ok {
		return IntentText, ""
	}
	return k.intent, k.locale
}

// plainWord leaves of a text its letters and digits, in lower case.
func plainWord(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == 'ي' || r == 'ى':
			return 'ی'
		case r == 'ك':
			return 'ک'
		case r >= '۰' && r <= '۹':
			return '0' + r - '۰'
		case r >= '٠' && r <= '٩':
			return '0' + r - '٠'
		case r >= 'Ａ' && r <= 'ｚ': // full-width
			return unicode.ToLower(r - 0xFEE0)
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r):
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFC.String(text))
}
