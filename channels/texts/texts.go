// Package texts holds what customers are told, in every language of the
// product. A key ending in .push or .voice is the wording for that channel;
// without one the SMS wording is used.
//
// Placeholders are {name} {bank} {code} {minutes} {date} {time} {link} {text}.
// A text of class security says never to share the code. SMS are kept short: a
// code fits one segment.
package texts

import "embed"

// FS holds one <locale>.json a language: key → text.
//
//go:embed *.json
var FS embed.FS

// Locales are the languages of the product. The first is used when a customer's
// own is not among them.
var Locales = []string{"en", "vi", "zh", "fa", "ru", "uk"}
