package verifyv2

import (
	"regexp"
	"strings"
)

// symbols are currencies whose sign stands for one of them only.
var symbols = map[string]string{
	"€": "EUR", "£": "GBP", "$": "USD", "US$": "USD", "₫": "VND", "đ": "VND", "₴": "UAH", "₽": "RUB", "﷼": "IRR", "₹": "INR", "₩": "KRW", "₺": "TRY", "元": "CNY",
}

var (
	amountShape = regexp.MustCompile(`^([^\d\s.,+-]*)\s*(\d[\d.,]*)\s*([^\d\s.,+-]*)$`)
	plainNumber = regexp.MustCompile(`^\d+(\.\d+)?$`)
	grouped     = regexp.MustCompile(`^\d{1,3}(,\d{3})+(\.\d+)?$`)
	comma       = regexp.MustCompile(`^\d+,\d{1,2}$`)
)

// splitAmount reads Twilio's Amount, which is free text, such as "€39.99", "39.99
// EUR" or "1,250.50 USD". What could be read in two ways is refused, and so is an
// amount without a currency: the payer reads it in the text.
func splitAmount(text string) (number, currency string, err error) {
	parts := amountShape.FindStringSubmatch(strings.TrimSpace(text))
	if parts == nil || parts[1] != "" && parts[3] != "" {
		return "", "", invalid("Amount", "must be a number with its currency, such as 39.99 EUR")
	}
	sign := parts[1] + parts[3]
	switch {
	case sign == "":
		return "", "", invalid("Amount", "must name its currency, such as 39.99 EUR")
	case symbols[sign] != "":
		currency = symbols[sign]
	case len(sign) == 3:
		currency = strings.ToUpper(sign)
	default:
		return "", "", invalid("Amount", "must name its currency by its ISO 4217 code, such as 39.99 EUR")
	}
	switch number = parts[2]; {
	case plainNumber.MatchString(number):
	case grouped.MatchString(number):
		number = strings.ReplaceAll(number, ",", "")
	case comma.MatchString(number):
		number = strings.Replace(number, ",", ".", 1)
	default:
		return "", "", invalid("Amount", "must be a decimal number such as 1250.50")
	}
	return number, currency, nil
}
