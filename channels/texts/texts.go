// Package texts holds what customers are told, in every language of the
// product. A key ending in .push or .voice is the wording for that channel;
// without one the SMS wording is used. A list is one text in several lengths,
// longest first: an SMS takes the longest that fits its budget of segments.
//
// What each key may hold is declared in channels (Declaration). A text of class
// security says never to share the code. Codes and reminders have a length that
// fits one segment.
package texts

import "embed"

// FS holds one <locale>.json a language: key → text, or list of texts.
//
//go:embed *.json
var FS embed.FS

// Locales are the languages of the product. The first is used when a customer's
// own is not among them.
var Locales = []string{"en", "vi", "zh", "fa", "ru", "uk"}

// VoicePhrases are the keys of what a call with a code says, each of them one
// recording of a voice pack. A bank does not word them for itself: their
// recordings would say something else. A code is spoken as
//
//	voice_press_key, and once 1 was pressed (voicemail never does):
//	voice_code_is, digits, voice_again, digits, voice_never_share, voice_goodbye;
//	without a key: voice_no_key, voice_goodbye.
var VoicePhrases = []string{
	"voice_press_key", "voice_code_is", "voice_again", "voice_never_share", "voice_no_key", "voice_goodbye",
	"voice_digit_0", "voice_digit_1", "voice_digit_2", "voice_digit_3", "voice_digit_4",
	"voice_digit_5", "voice_digit_6", "voice_digit_7", "voice_digit_8", "voice_digit_9",
}

// Yes is what the text confirm_hint asks people to answer, by language; matched
// as NotMe is.
var Yes = map[string]string{"en": "YES", "vi": "CÓ", "zh": "是", "fa": "بله", "ru": "ДА", "uk": "ТАК"}

// NotMe is what the text not_me_hint asks people to answer when a code is not
// theirs, by language; matched without regard to case and spaces.
var NotMe = map[string]string{
	"en": "NOT ME", "vi": "KHONG PHAI TOI", "zh": "不是我", "fa": "من نبودم", "ru": "НЕ Я", "uk": "НЕ Я",
}
