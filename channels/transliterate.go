package channels

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// unaccentedLetters are those that Unicode does not decompose.
var unaccentedLetters = strings.NewReplacer("đ", "d", "Đ", "D", "₫", "d", "–", "-", "—", "-", "“", `"`, "”", `"`, "‘", "'", "’", "'", "…", "...", "\u00a0", " ")

// unaccented writes Vietnamese without its diacritics, as people there do in
// SMS: "Mã của Quý khách" becomes "Ma cua Quy khach", which GSM 7 bit holds.
func unaccented(text string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(text) {
		if !unicode.Is(unicode.Mn, r) {
			b.WriteRune(r)
		}
	}
	return unaccentedLetters.Replace(norm.NFC.String(b.String()))
}
