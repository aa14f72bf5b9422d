package otp

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"golang.org/x/text/currency"
	"golang.org/x/text/unicode/norm"

	"github.com/visavis/visavis"
)

// Payment is what a code is linked to (PSD2 RTS Art. 5): it is in the text that
// the payer reads, and is given again at the check, where any change ends the
// code.
type Payment struct {
	Amount   string // a decimal number without grouping, such as "1250.50"
	Currency string // ISO 4217
	Payee    string // at most 140 characters
}

const (
	macLink  = "otp link"
	maxPayee = 140
)

var amountShape = regexp.MustCompile(`^[0-9]{1,15}(\.[0-9]{1,8})?$`)

// canonical brings a payment into the one form in which it is kept, shown and
// compared. 10.50 and 10.5 are the same amount; names that only look alike are
// different payees. Control and direction characters, which could make a name
// read as another, are taken out.
func (p Payment) canonical() (Payment, error) {
	if !amountShape.MatchString(p.Amount) {
		return p, visavis.InvalidField("amount", "must be a decimal number such as 1250.50")
	}
	whole, fraction, _ := strings.Cut(p.Amount, ".")
	whole, fraction = strings.TrimLeft(whole, "0"), strings.TrimRight(fraction, "0")
	p.Amount = or(whole, "0")
	if fraction != "" {
		p.Amount += "." + fraction
	}
	if p.Amount == "0" {
		return p, visavis.InvalidField("amount", "must be more than zero")
	}
	unit, err := currency.ParseISO(p.Currency)
	if err != nil || unit.String() == "XXX" {
		return p, visavis.InvalidField("currency", "must be an ISO 4217 code such as VND")
	}
	p.Currency = unit.String()
	if !utf8.ValidString(p.Payee) {
		return p, visavis.InvalidField("payee", "is not UTF-8 text")
	}
	p.Payee = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.In(r, unicode.Cc, unicode.Cf):
			return -1
		}
		return r
	}, norm.NFC.String(p.Payee))), " ")
	if n := utf8.RuneCountInString(p.Payee); n == 0 || n > maxPayee {
		return p, visavis.InvalidField("payee", "must have 1 to %d characters", maxPayee)
	}
	return p, nil
}

// parts are what a link's keyed hash covers.
func (p Payment) parts(bankID, id uuid.UUID) [][]byte {
	return [][]byte{bankID[:], id[:], []byte(p.Amount), []byte(p.Currency), []byte(p.Payee)}
}
