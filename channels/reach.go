package channels

import (
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
)

// costly are codes that are no country's and that fraud lives on: satellite
// phones (Inmarsat, Iridium, Globalstar, Thuraya), international networks,
// personal, shared-cost and premium numbers. They are refused whatever the bank
// allows.
var costly = []string{"+870", "+878", "+881", "+882", "+883", "+888", "+808", "+979", "+991"}

// costlyTypes are kinds of number of any country that the caller pays dearly for,
// by libphonenumber's metadata. Personal numbers (such as +44 70) are forwarded
// at the caller's cost to wherever their owner says.
var costlyTypes = []phonenumbers.PhoneNumberType{phonenumbers.PREMIUM_RATE, phonenumbers.SHARED_COST, phonenumbers.UAN, phonenumbers.PERSONAL_NUMBER}

// reachable refuses a number that the bank must not send to or call: the bound
// on what a stolen key can spend.
func reachable(to recipient) error {
	for _, prefix := range costly {
		if strings.HasPrefix(to.phone, prefix) {
			return visavis.Errorf(visavis.Forbidden, "number_not_allowed", "satellite, premium and shared-cost numbers are neither messaged nor called")
		}
	}
	number, ok := banks.NumberOf(to.phone)
	if !ok {
		return visavis.InvalidField("phone", "it is not a valid phone number")
	}
	switch {
	case len(to.countries) == 0:
		return visavis.Errorf(visavis.Forbidden, "country_not_allowed", "this bank has not said yet to which countries it sends: name them in its setting countries (PATCH /v1/bank, or `visavis bank add --countries`)")
	case !slices.Contains(to.countries, number.Region):
		return visavis.Errorf(visavis.Forbidden, "country_not_allowed", "this bank may not send to numbers of this country: its setting countries (PATCH /v1/bank) does not name it")
	case slices.Contains(costlyTypes, number.Type):
		return visavis.Errorf(visavis.Forbidden, "number_not_allowed", "satellite, premium and shared-cost numbers are neither messaged nor called")
	}
	if to.rules != nil {
		for _, prefix := range to.rules.policy.RefusedPrefixes {
			if strings.HasPrefix(to.phone, prefix) {
				return visavis.Errorf(visavis.Forbidden, "number_not_allowed", "the bank's message policy refuses this range of numbers")
			}
		}
	}
	return nil
}
