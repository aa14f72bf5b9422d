package channels

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/nyaruka/phonenumbers"

	"github.com/visavis/visavis"
)

// TestCostlyNumbersOfAllCountriesAreRefused goes through the example numbers of
// every region: what costs the caller dearly is refused though the bank sends to
// that country, a mobile number is not.
func TestCostlyNumbersOfAllCountriesAreRefused(t *testing.T) {
	t.Parallel()
	regions := slices.Collect(maps.Keys(phonenumbers.GetSupportedRegions()))
	looked, mobiles := 0, 0
	try := func(region string, number *phonenumbers.PhoneNumber, want string) {
		err := reachable(recipient{phone: phonenumbers.Format(number, phonenumbers.E164), countries: regions})
		var e *visavis.Error
		code := ""
		if errors.As(err, &e) {
			code = e.Code
		}
		if code != want {
			t.Errorf("%s: %s (a %v): %q, want %q", region, phonenumbers.Format(number, phonenumbers.E164), phonenumbers.GetNumberType(number), code, want)
		}
	}
	for _, region := range regions {
		for _, kind := range []phonenumbers.PhoneNumberType{phonenumbers.PREMIUM_RATE, phonenumbers.SHARED_COST, phonenumbers.UAN, phonenumbers.PERSONAL_NUMBER} {
			number := phonenumbers.GetExampleNumberForType(region, kind)
			if number == nil || phonenumbers.GetNumberType(number) != kind {
				continue
			}
			looked++
			try(region, number, "number_not_allowed")
		}
		if number := phonenumbers.GetExampleNumberForType(region, phonenumbers.MOBILE); number != nil && phonenumbers.GetNumberType(number) == phonenumbers.MOBILE {
			mobiles++
			try(region, number, "")
		}
	}
	for code := range phonenumbers.GetSupportedGlobalNetworkCallingCodes() {
		number := phonenumbers.GetExampleNumberForNonGeoEntity(code)
		if number == nil {
			continue
		}
		looked++
		want := "number_not_allowed"
		if code == 800 { // free of charge, and no country's: no bank can name it
			want = "country_not_allowed"
		}
		try("001", number, want)
	}
	if looked < 200 || mobiles < 150 {
		t.Errorf("only %d costly numbers and %d mobiles were looked at", looked, mobiles)
	}
}
