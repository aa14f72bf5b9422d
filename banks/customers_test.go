package banks

import (
	"context"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

func TestPhoneSpellings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ raw, region, want string }{
		{"+84901234567", "", "+84901234567"},
		{"+84 90 123 45 67", "", "+84901234567"},
		{"+84-90-123-4567", "", "+84901234567"},
		{"+84 (0) 90 123 4567", "", "+84901234567"},
		{"+84(0)901234567", "", "+84901234567"},
		{"(+84) 90 123 4567", "", "+84901234567"},
		{"0084 90 123 4567", "", "+84901234567"},
		{"0084901234567", "VN", "+84901234567"},
		{"0084901234567", "US", "+84901234567"},
		{"0901234567", "VN", "+84901234567"},
		{"0901 234 567", "vn", "+84901234567"},
		{"0901.234.567", "VN", "+84901234567"},
		{"901234567", "VN", "+84901234567"},
		{"+84901234567", "US", "+84901234567"},              // the number says where it is
		{"＋８４９０１２３４５６７", "", "+84901234567"},                // full-width
		{"＋８４　９０　１２３　４５６７", "", "+84901234567"},             // ideographic spaces
		{"+٨٤٩٠١٢٣٤٥٦٧", "", "+84901234567"},                // Arabic-Indic
		{"+۸۴۹۰۱۲۳۴۵۶۷", "", "+84901234567"},                // Persian
		{"۰۹۱۲ ۳۴۵ ۶۷۸۹", "IR", "+989123456789"},            // as typed in Tehran
		{"+84\u200b90\u200b1234567", "", "+84901234567"},    // zero-width spaces
		{"\u202a+84 90 123 4567\u202c", "", "+84901234567"}, // as copied from contacts
		{"\u200e+84901234567\u200f\ufeff", "", "+84901234567"},
		{"+84\u00a090\u00a0123\u00a04567", "", "+84901234567"}, // no-break spaces
		{"+84–90–123–4567", "", "+84901234567"},                // en dashes
		{"+84‑90‑123‑4567", "", "+84901234567"},                // no-break hyphens
		{" \t+84901234567\r\n", "", "+84901234567"},
		{"tel:+84-90-123-4567", "", "+84901234567"},
		{"TEL:+84901234567;ext=12", "", "+84901234567"},
		{"tel:901234567;phone-context=+84", "", "+84901234567"},
		{"+84901234567;ext=12", "", "+84901234567"},
		{"+84 90 123 4567 ext. 12", "", "+84901234567"},
		{"+84 90 123 4567 x12", "", "+84901234567"},
		{"+44 (0)20 7946 0018", "", "+442079460018"},
		{"+7 (912) 345-67-89", "", "+79123456789"},
		{"8 (912) 345-67-89", "RU", "+79123456789"},
		{"067 123 45 67", "UA", "+380671234567"},
		{"138 0013 8000", "CN", "+8613800138000"},
		{"(650) 253-0000", "US", "+16502530000"},
		{"+39 06 698 12345", "", "+390669812345"}, // Italy's zero stays

		{"", "", ""}, {"+", "", ""}, {"abc", "", ""}, {"0901234567", "", ""}, {"+84", "", ""}, {"+84901", "", ""}, {"+849012345678901234", "", ""},
		{"+999123456789", "", ""}, {"+1 555", "", ""}, {"+84 90 CALL ME", "", ""}, {"+84901234567<script>", "", ""}, {"++84901234567", "", ""},
		{"+84901234567 or 1=1", "", ""}, {"911", "US", ""}, {"0901234567", "XX", ""}, {"\xff\xfe", "", ""}, {strings.Repeat("1", 300), "VN", ""},
	} {
		got, err := CanonicalPhone(c.raw, c.region)
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%+q in %q: %q, %v; want %q", c.raw, c.region, got, err, c.want)
		}
		if err != nil && visavis.KindOf(err) != visavis.Invalid {
			t.Errorf("%+q: %v is not invalid", c.raw, err)
		}
		if err != nil && len(c.raw) > 6 && strings.Contains(err.Error(), c.raw) {
			t.Errorf("the error repeats what was typed: %v", err)
		}
	}
}

func TestMaskPhone(t *testing.T) {
	t.Parallel()
	for number, want := range map[string]string{
		"+84901234567": "+84•••••4567", "+16502530000": "+1••••••0000", "+380671234567": "+380•••••4567", "+2901234": "+290••34", "": "", "0901234567": "••••••••",
	} {
		if got := MaskPhone(number); got != want {
			t.Errorf("%q: %q, want %q", number, got, want)
		}
	}
}

func TestCleanName(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"Nguyễn Văn An":                    "Nguyễn Văn An",
		"Nguye\u0302\u0303n":               "Nguyễn", // composed
		" An \t\n Nguyen\u2028":            "An Nguyen",
		"An\x00\x07\x1b[31m":               "An[31m",
		"An\u202egpj.exe":                  "Angpj.exe", // right-to-left override
		"\u2066An\u2069\u200e\u200f\u061c": "An",
		"A\u200bn\ufeff\u00ad":             "An",
		"علی\u200cرضا":                     "علی\u200cرضا", // the joiner belongs to the name
		"A\U000E0041n":                     "An",           // tag character
		"王小明":                              "王小明",
		"O'Neil-Smith 3rd":                 "O'Neil-Smith 3rd",
	} {
		if got, err := CleanName("name", raw); err != nil || got != want {
			t.Errorf("%+q: %+q, %v; want %+q", raw, got, err, want)
		}
	}
	for _, raw := range []string{"", "  ", "\u202e\u200b", "\u3164", "...", "\xff", strings.Repeat("n", MaxName+1)} {
		_, err := CleanName("name", raw)
		is(t, raw, err, visavis.Invalid)
	}
}

func TestCanonicalLocale(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{"en": "en", "fa-IR": "fa", "fa_IR": "fa", "zh-Hant-TW": "zh", "UK-ua": "uk", "vi-VN-u-nu-latn": "vi", " ru ": "ru", "de": "", "": "", "english": "", "und": "", "x": ""} {
		got, err := CanonicalLocale(raw)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", raw, got, err)
		}
	}
}

func TestCustomers(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := t.Context()
	c, err := f.CreateCustomer(ctx, f.bank.ID, NewCustomer{Reference: "C-1", Name: "An\u202e Nguyen", Phone: "0901 234 567", Region: "VN", Locale: "vi-VN",
		TimeZone: "Asia/Ho_Chi_Minh", Segment: "private", Metadata: map[string]any{"branch": "7", "n": 1.5}})
	if err != nil || c.Phone != "+84901234567" || c.Locale != "vi" || c.Name != "An Nguyen" || c.Metadata["branch"] != "7" || c.Reference != "C-1" {
		t.Fatalf("%+v, %v", c, err)
	}
	plain, err := f.CreateCustomer(ctx, f.bank.ID, NewCustomer{Name: "An", Phone: "+84901234567"})
	if err != nil || plain.Locale != "en" || plain.TimeZone != "UTC" || plain.Metadata == nil || plain.Reference != "" {
		t.Fatalf("%+v, %v", plain, err)
	}
	_, err = f.CreateCustomer(ctx, f.bank.ID, NewCustomer{Reference: "C-1", Name: "Twin", Phone: "+84901234567"})
	if visavis.CodeOf(err) != "reference_taken" {
		t.Errorf("twin: %v", err)
	}
	for field, bad := range map[string]NewCustomer{
		"phone": {Name: "An", Phone: "12"}, "name": {Name: " ", Phone: "+84901234567"}, "locale": {Name: "An", Phone: "+84901234567", Locale: "de"},
		"time_zone": {Name: "An", Phone: "+84901234567", TimeZone: "Local"}, "metadata": {Name: "An", Phone: "+84901234567", Metadata: map[string]any{"x": strings.Repeat("x", 17<<10)}},
		"reference": {Name: "An", Phone: "+84901234567", Reference: strings.Repeat("r", 201)}, "segment": {Name: "An", Phone: "+84901234567", Segment: "\x00"},
	} {
		_, err := f.CreateCustomer(ctx, f.bank.ID, bad)
		is(t, field, err, visavis.Invalid)
		if problem, ok := err.(*visavis.Error); !ok || len(problem.Fields) != 1 || problem.Fields[0].Name != field {
			t.Errorf("%s: %+v", field, err)
		}
	}
	page, next, err := f.ListCustomers(ctx, f.bank.ID, CustomerFilter{Phone: "+84 90 123 4567"}, postgres.Page{Limit: 1})
	if err != nil || len(page) != 1 || page[0].ID != plain.ID || next == "" {
		t.Fatalf("%v %q %v", page, next, err)
	}
	before, err := postgres.ParseCursor(next)
	if err != nil {
		t.Fatal(err)
	}
	if page, next, err = f.ListCustomers(ctx, f.bank.ID, CustomerFilter{Phone: "+84901234567"}, postgres.Page{Limit: 1, Before: before}); err != nil || len(page) != 1 || page[0].ID != c.ID || next != "" {
		t.Errorf("second page %v %q %v", page, next, err)
	}
	if page, _, err := f.ListCustomers(ctx, f.bank.ID, CustomerFilter{Reference: "C-1"}, postgres.Page{}); err != nil || len(page) != 1 || page[0].ID != c.ID {
		t.Errorf("by reference %v %v", page, err)
	}
	if page, _, err := f.ListCustomers(ctx, f.bank.ID, CustomerFilter{Phone: "nonsense"}, postgres.Page{}); err != nil || len(page) != 0 {
		t.Errorf("by nonsense %v %v", page, err)
	}

	zone, taken, none := "Europe/Kyiv", "C-1", ""
	if u, err := f.UpdateCustomer(ctx, f.bank.ID, c.ID, CustomerChange{TimeZone: &zone}); err != nil || u.TimeZone != zone || u.Name != c.Name || u.Metadata["branch"] != "7" {
		t.Errorf("%+v, %v", u, err)
	}
	if _, err := f.UpdateCustomer(ctx, f.bank.ID, plain.ID, CustomerChange{Reference: &taken}); visavis.CodeOf(err) != "reference_taken" {
		t.Errorf("taken: %v", err)
	}
	if u, err := f.UpdateCustomer(ctx, f.bank.ID, c.ID, CustomerChange{Reference: &none}); err != nil || u.Reference != "" {
		t.Errorf("%+v, %v", u, err)
	}
	if n := f.happened("customer.updated", c.ID); n != 2 {
		t.Errorf("%d customer.updated", n)
	}
}

func TestOnlyServedCountries(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	if _, err := f.UpdateSettings(t.Context(), f.bank.ID, Settings{Countries: []string{"VN", "UA"}}); err != nil {
		t.Fatal(err)
	}
	f.customer("+84901234567")
	_, err := f.CreateCustomer(t.Context(), f.bank.ID, NewCustomer{Name: "An", Phone: "+16502530000"})
	is(t, "a country that is not served", err, visavis.Invalid)
}

func TestDevices(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := t.Context()
	an, binh := f.customer("+84901234567"), f.customer("+84901234568")
	add := func(to Customer, token string) Device {
		t.Helper()
		d, err := f.AddDevice(ctx, f.bank.ID, to.ID, NewDevice{Token: token, Name: "phone"})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	d := add(an, "token-of-the-phone")
	if d.Provider != ProviderFCM || d.Hint() != "…hone" {
		t.Errorf("%+v", d)
	}
	if again := add(an, "token-of-the-phone"); again.ID != d.ID {
		t.Error("the same token made a second device")
	}
	inUse := func(c Customer) (devices []Device) {
		t.Helper()
		f.in(func(ctx context.Context, tx *postgres.Tx) (err error) {
			devices, err = f.DevicesTx(ctx, tx, c.ID)
			return err
		})
		return devices
	}
	// The phone changes hands: its old owner must not be rung on it.
	if moved := add(binh, "token-of-the-phone"); moved.ID != d.ID || moved.CustomerID != binh.ID {
		t.Errorf("%+v", moved)
	}
	if a, b := inUse(an), inUse(binh); len(a) != 0 || len(b) != 1 || b[0].Token != "token-of-the-phone" {
		t.Errorf("in use: %v and %v", a, b)
	}
	f.in(func(ctx context.Context, tx *postgres.Tx) error {
		for range 2 {
			if err := f.DisableDeviceTx(ctx, tx, d.ID, time.Time{}, "no longer registered"); err != nil {
				return err
			}
		}
		return f.DisableDeviceTx(ctx, tx, uuid.New(), time.Time{}, "unknown")
	})
	if b := inUse(binh); len(b) != 0 {
		t.Errorf("a disabled device is in use: %v", b)
	}
	if n := f.happened("device.disabled", d.ID); n != 1 {
		t.Errorf("%d device.disabled", n)
	}
	if list, err := f.ListDevices(ctx, f.bank.ID, binh.ID); err != nil || len(list) != 1 || list[0].DisabledAt == nil || list[0].DisabledWhy != "no longer registered" {
		t.Errorf("%v, %v", list, err)
	}
	if add(binh, "token-of-the-phone"); len(inUse(binh)) != 1 {
		t.Error("registering again does not enable")
	}
	// The provider's word is older than the app's: the app was installed again.
	f.in(func(ctx context.Context, tx *postgres.Tx) error {
		return f.DisableDeviceTx(ctx, tx, d.ID, f.Now().Add(-time.Hour), "gone an hour ago")
	})
	if len(inUse(binh)) != 1 {
		t.Error("a device that was registered since is disabled")
	}
	is(t, "another's device", f.RemoveDevice(ctx, f.bank.ID, an.ID, d.ID), visavis.NotFound)
	if err := f.RemoveDevice(ctx, f.bank.ID, binh.ID, d.ID); err != nil {
		t.Fatal(err)
	}
	is(t, "removed already", f.RemoveDevice(ctx, f.bank.ID, binh.ID, d.ID), visavis.NotFound)
	for _, bad := range []NewDevice{{Token: "short"}, {Token: "with space in it"}, {Token: strings.Repeat("x", 4097)}, {Token: "token-of-the-phone", Provider: "pigeon"}} {
		_, err := f.AddDevice(ctx, f.bank.ID, an.ID, bad)
		is(t, "a bad device", err, visavis.Invalid)
	}
	for i := range MaxDevices {
		add(an, "token-number-"+string(rune('a'+i)))
	}
	_, err := f.AddDevice(ctx, f.bank.ID, an.ID, NewDevice{Token: "one-too-many"})
	is(t, "one too many", err, visavis.Conflict)
	add(an, "token-number-a")
}

func (f *fixture) link(n NewLink) Link {
	f.t.Helper()
	var link Link
	f.in(func(ctx context.Context, tx *postgres.Tx) (err error) {
		link, err = f.CreateLinkTx(ctx, tx, n)
		return err
	})
	return link
}

func TestLinks(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := t.Context()
	customer, identification := f.customer("+84901234567"), uuid.New()
	n := NewLink{Purpose: LinkVisit, CustomerID: customer.ID, IdentificationID: identification, ExpiresAt: f.Now().Add(time.Hour)}
	link := f.link(n)
	token := f.LinkToken(link.ID)
	if len(token) != 43 || f.LinkURL(link.ID) != "https://bank.example/visit/"+token {
		t.Errorf("token of %d characters, %s", len(token), f.LinkURL(link.ID)[:27])
	}
	if got, err := f.ResolveLink(ctx, token); err != nil || got.ID != link.ID || got.BankID != f.bank.ID || got.CustomerID != customer.ID || got.IdentificationID != identification {
		t.Errorf("%+v, %v", got, err)
	}
	actor, err := f.AuthenticateLink(ctx, token)
	if err != nil || actor.Kind != visavis.ActorCustomer || actor.ID != customer.ID || actor.IdentificationID != identification || !actor.HasScope("visit") || len(actor.Scopes) != 1 || actor.Proved {
		t.Errorf("%+v, %v", actor, err)
	}

	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	forge := func(change func([]byte)) string {
		b := append([]byte(nil), raw...)
		change(b)
		return base64.RawURLEncoding.EncodeToString(b)
	}
	other := f.link(n)
	foreign := newFixture(t) // another installation, with another master key
	for name, bad := range map[string]string{
		"empty": "", "cut": token[:42], "longer": token + "A", "bad alphabet": strings.Repeat("+", 43), "zeros": strings.Repeat("A", 43),
		"id of another link, our MAC": forge(func(b []byte) { copy(b, other.ID[:]) }),
		"one bit of the id":           forge(func(b []byte) { b[15] ^= 1 }),
		"one bit of the MAC":          forge(func(b []byte) { b[31] ^= 1 }),
		"another master key":          foreign.LinkToken(link.ID),
		"a true MAC, no such row":     f.LinkToken(uuid.New()),
		"not canonical base64":        token[:42] + string("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[strings.IndexByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", token[42])^1]),
	} {
		_, err := f.ResolveLink(ctx, bad)
		is(t, name, err, visavis.NotFound)
		_, err = f.AuthenticateLink(ctx, bad)
		is(t, name, err, visavis.Unauthenticated)
	}

	manage := n
	manage.Purpose = LinkManage
	kept := f.link(manage)
	f.in(func(ctx context.Context, tx *postgres.Tx) error {
		return f.RevokeLinksTx(ctx, tx, identification, LinkVisit)
	})
	gone, err := f.ResolveLink(ctx, token)
	is(t, "revoked", err, visavis.Gone)
	if gone.ID != link.ID || visavis.CodeOf(err) != "link_expired" {
		t.Errorf("a revoked link is not told: %+v, %v", gone, err)
	}
	if _, err := f.ResolveLink(ctx, f.LinkToken(kept.ID)); err != nil {
		t.Errorf("of another purpose: %v", err)
	}
	f.advance(time.Hour)
	gone, err = f.ResolveLink(ctx, f.LinkToken(kept.ID))
	is(t, "expired", err, visavis.Gone)
	if gone.ID != kept.ID {
		t.Error("an expired link is not told")
	}
	_, err = f.OpenCustomerSession(ctx, f.LinkToken(kept.ID))
	is(t, "a session by an expired link", err, visavis.Gone)
}

func TestALinkIsOfItsBank(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	customer, stranger := f.customer("+84901234567"), f.newBank("stranger")
	// A link cannot be made for another bank's customer …
	err := f.DB.InBank(t.Context(), stranger.ID, func(ctx context.Context, tx *postgres.Tx) error {
		_, err := f.CreateLinkTx(ctx, tx, NewLink{Purpose: LinkVisit, CustomerID: customer.ID, IdentificationID: uuid.New(), ExpiresAt: f.Now().Add(time.Hour)})
		return err
	})
	if err == nil {
		t.Error("a link for another bank's customer")
	}
	// … another bank cannot revoke ours, and a session of ours is not its.
	identification := uuid.New()
	link := f.link(NewLink{Purpose: LinkManage, CustomerID: customer.ID, IdentificationID: identification, ExpiresAt: f.Now().Add(time.Hour)})
	session, err := f.OpenCustomerSession(t.Context(), f.LinkToken(link.ID))
	if err != nil || session.BankID != f.bank.ID {
		t.Fatal(err)
	}
	err = f.DB.InBank(t.Context(), stranger.ID, func(ctx context.Context, tx *postgres.Tx) error {
		if err := f.RevokeLinksTx(ctx, tx, identification); err != nil {
			return err
		}
		is(t, "proving our session", f.ProveSessionTx(ctx, tx, session.ID), visavis.NotFound)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.ResolveLink(t.Context(), f.LinkToken(link.ID)); err != nil {
		t.Errorf("after another bank revoked: %v", err)
	}
}

func TestCustomerSessions(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := t.Context()
	customer, identification := f.customer("+84901234567"), uuid.New()
	link := f.link(NewLink{Purpose: LinkVisit, CustomerID: customer.ID, IdentificationID: identification, ExpiresAt: f.Now().Add(time.Hour)})
	session, err := f.OpenCustomerSession(ctx, f.LinkToken(link.ID))
	if err != nil || session.Proved || session.Link.ID != link.ID || len(session.Token) != 43 {
		t.Fatalf("%+v, %v", session.Link, err)
	}
	if used, err := f.ResolveLink(ctx, f.LinkToken(link.ID)); err != nil || used.FirstUsedAt == nil {
		t.Errorf("first use is not noted: %v", err)
	}
	actor, err := f.AuthenticateCustomer(ctx, session.Token)
	if err != nil || actor.Kind != visavis.ActorCustomer || actor.ID != customer.ID || actor.IdentificationID != identification || actor.Proved || actor.SessionID != session.ID || !actor.HasScope("visit") {
		t.Errorf("%+v, %v", actor, err)
	}
	f.in(func(ctx context.Context, tx *postgres.Tx) error { return f.ProveSessionTx(ctx, tx, session.ID) })
	if actor, err := f.AuthenticateCustomer(ctx, session.Token); err != nil || !actor.Proved {
		t.Errorf("proved: %+v, %v", actor, err)
	}
	// Another session of the same link has proved nothing.
	second, err := f.OpenCustomerSession(ctx, f.LinkToken(link.ID))
	if err != nil || second.Token == session.Token {
		t.Fatal(err)
	}
	if actor, err := f.AuthenticateCustomer(ctx, second.Token); err != nil || actor.Proved {
		t.Errorf("second session: %+v, %v", actor, err)
	}
	var recovered CustomerSession
	f.in(func(ctx context.Context, tx *postgres.Tx) (err error) {
		recovered, err = f.NewCustomerSessionTx(ctx, tx, customer.ID, identification)
		return err
	})
	if actor, err := f.AuthenticateCustomer(ctx, recovered.Token); err != nil || !actor.Proved || !actor.HasScope("manage") {
		t.Errorf("recovered: %+v, %v", actor, err)
	}
	// A call outlives its link.
	f.advance(2 * time.Hour)
	if _, err := f.AuthenticateCustomer(ctx, session.Token); err != nil {
		t.Errorf("after the link's end: %v", err)
	}
	if err := f.CloseCustomerSession(ctx, second.Token); err != nil {
		t.Fatal(err)
	}
	_, err = f.AuthenticateCustomer(ctx, second.Token)
	is(t, "closed", err, visavis.Unauthenticated)
	// A new number: what was proved was the old one.
	sent := f.link(NewLink{Purpose: LinkManage, CustomerID: customer.ID, IdentificationID: identification, ExpiresAt: f.Now().Add(time.Hour)})
	given := f.link(NewLink{Purpose: LinkVisit, CustomerID: customer.ID, IdentificationID: identification, ExpiresAt: f.Now().Add(time.Hour)})
	phone := "+84901234568"
	if _, err := f.UpdateCustomer(ctx, f.bank.ID, customer.ID, CustomerChange{Phone: &phone}); err != nil {
		t.Fatal(err)
	}
	_, err = f.OpenCustomerSession(ctx, f.LinkToken(sent.ID))
	is(t, "a link that was sent to the old phone", err, visavis.Gone)
	if _, err := f.OpenCustomerSession(ctx, f.LinkToken(given.ID)); err != nil {
		t.Errorf("a link that has yet to be proved: %v", err)
	}
	_, err = f.AuthenticateCustomer(ctx, session.Token)
	is(t, "after a new phone number", err, visavis.Unauthenticated)
	f.in(func(ctx context.Context, tx *postgres.Tx) (err error) {
		recovered, err = f.NewCustomerSessionTx(ctx, tx, customer.ID, identification)
		return err
	})
	f.advance(CustomerSessionLife)
	_, err = f.AuthenticateCustomer(ctx, recovered.Token)
	is(t, "after 12 h", err, visavis.Unauthenticated)
}
