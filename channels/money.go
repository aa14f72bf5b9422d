package channels

import (
	"regexp"
	"strings"

	"golang.org/x/text/currency"

	"github.com/visavis/visavis"
)

// amountShape is an amount of money as the API takes it: a decimal number,
// exact, with a point. Fifteen digits before it are more than any payment.
var amountShape = regexp.MustCompile(`^(0|[1-9][0-9]{0,14})(\.[0-9]{1,4})?$`)

// CheckAmount refuses what FormatAmount cannot write: an amount that is not a
// plain decimal number such as "1250000" or "12.50", a currency that is not of
// ISO 4217, and more decimals than the currency has.
func CheckAmount(amount, code string) error {
	if !amountShape.MatchString(amount) {
		return visavis.InvalidField("amount", `must be a decimal number such as "12.50"`)
	}
	unit, err := currency.ParseISO(code)
	if err != nil || unit.String() != code {
		return visavis.InvalidField("currency", "must be a code of ISO 4217, such as VND")
	}
	_, decimals, _ := strings.Cut(amount, ".")
	if scale, _ := currency.Standard.Rounding(unit); len(strings.TrimRight(decimals, "0")) > scale {
		return visavis.InvalidField("amount", "%s has %d decimals", code, scale)
	}
	return nil
}

// separators of thousands and of decimals, as CLDR has them for the language.
var separators = map[string][2]string{
	"en": {",", "."}, "vi": {".", ","}, "zh": {",", "."}, "fa": {"٬", "٫"}, "ru": {"\u00a0", ","}, "uk": {"\u00a0", ","},
}

// FormatAmount writes an amount as people of the language read it, with as many
// decimals as the currency has; never rounded: decimals that the currency does
// not have stay. What is no amount comes back as it is.
func FormatAmount(locale, amount, code string) string {
	if !amountShape.MatchString(amount) {
		return amount
	}
	whole, decimals, _ := strings.Cut(amount, ".")
	if unit, err := currency.ParseISO(code); err == nil {
		scale, _ := currency.Standard.Rounding(unit)
		for len(decimals) > scale && strings.HasSuffix(decimals, "0") {
			decimals = decimals[:len(decimals)-1]
		}
		for len(decimals) < scale {
			decimals += "0"
		}
	}
	by := separators[KnownLocale(locale)]
	var b strings.Builder
	for i, digit := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteString(by[0])
		}
		b.WriteRune(digit)
	}
	if decimals != "" {
		b.WriteString(by[1] + decimals)
	}
	return localDigits(KnownLocale(locale), b.String())
}

// currencyNames are those that people know better by name than by code; every
// other currency is written by its code of ISO 4217, which is never mistaken.
var currencyNames = map[string]map[string]string{
	"fa": {"IRR": "ریال"}, "ru": {"RUB": "руб."}, "uk": {"UAH": "грн"}, "zh": {"CNY": "元"},
}

func formatCurrency(locale, code string) string { return or(currencyNames[locale][code], code) }
