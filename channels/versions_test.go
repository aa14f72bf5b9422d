package channels_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/channels"
)

// administrator makes a person who may administer, and a context that acts as they.
func (w *world) administrator(name string) (uuid.UUID, context.Context) {
	w.t.Helper()
	id := uuid.New()
	w.exec(`insert into agents (bank_id, id, email, name, role, created_at, updated_at) values ($1, $2, $3, $4, 'administrator', now(), now())`,
		w.bank, id, name+"@bank.example", name)
	return id, visavis.WithActor(w.t.Context(), visavis.Actor{Kind: visavis.ActorAgent, BankID: w.bank, ID: id, Role: visavis.RoleAdministrator})
}

func wants(t *testing.T, what string, err error, code string) {
	t.Helper()
	if visavis.CodeOf(err) != code {
		t.Errorf("%s: %v, want %s", what, err, code)
	}
}

func must(t *testing.T) func(d channels.TextDetail, err error) channels.TextDetail {
	return func(d channels.TextDetail, err error) channels.TextDetail {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
}

func TestAWordingIsInForceOnlyAfterFourEyes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run()
	phone := "+84912345670"
	customer := w.customer(phone, "uk")
	says := func(want string) {
		t.Helper()
		w.untilState(w.send(code(customer, "sms")).ID, "delivered")
		if got := w.at("messages", phone)[0]["body"]; got != want {
			t.Errorf("the twin has %q, want %q", got, want)
		}
	}
	const embedded = "Demo Bank: код 842913, діє 5 хв. Нікому його не повідомляйте!"
	ok := must(t)
	aID, a := w.administrator("a")

	d := ok(w.s.DraftText(a, w.bank, "code", "uk", []string{"{bank}: {code}?"}))
	d = ok(w.s.DraftText(a, w.bank, "code", "uk", []string{"{bank}: {code}!"}))
	if d.Text.Open == nil || d.Text.Open.Version != 1 || d.Text.Open.State != channels.Draft || d.Text.Version != 0 {
		t.Fatalf("%+v", d.Text)
	}
	_, err := w.s.PublishText(a, w.bank, "code", "uk", 1)
	wants(t, "a draft is published", err, "text_state")
	_, err = w.s.SubmitText(a, w.bank, "code", "uk", 1)
	wants(t, "the only administrator submits", err, "second_administrator_needed")

	_, b := w.administrator("b")
	ok(w.s.SubmitText(a, w.bank, "code", "uk", 1))
	_, err = w.s.ApproveText(a, w.bank, "code", "uk", 1, "")
	wants(t, "the author approves", err, "four_eyes")
	key := visavis.WithActor(t.Context(), visavis.Actor{Kind: visavis.ActorBank, BankID: w.bank, ID: uuid.New()})
	_, err = w.s.ApproveText(key, w.bank, "code", "uk", 1, "")
	wants(t, "a program approves", err, "four_eyes")
	_, err = w.s.PublishText(b, w.bank, "code", "uk", 1)
	wants(t, "what was only submitted is published", err, "text_state")
	ok(w.s.ApproveText(b, w.bank, "code", "uk", 1, "good"))
	says(embedded) // approved is not in force yet
	ok(w.s.PublishText(a, w.bank, "code", "uk", 1))
	says("Demo Bank: 842913!")

	// A change after the approval is another version, which is not approved.
	ok(w.s.DraftText(b, w.bank, "code", "uk", []string{"{bank}, {code}"}))
	ok(w.s.SubmitText(b, w.bank, "code", "uk", 2))
	ok(w.s.ApproveText(a, w.bank, "code", "uk", 2, ""))
	d = ok(w.s.DraftText(b, w.bank, "code", "uk", []string{"{bank} evil {code}"}))
	if d.Text.Open.Version != 3 || d.Text.Open.State != channels.Draft {
		t.Errorf("changed after approval: %+v", d.Text.Open)
	}
	_, err = w.s.PublishText(b, w.bank, "code", "uk", 2)
	wants(t, "an archived version is published", err, "text_state")
	ok(w.s.SubmitText(b, w.bank, "code", "uk", 3))
	ok(w.s.RejectText(a, w.bank, "code", "uk", 3, "evil"))
	says("Demo Bank: 842913!")
	_, err = w.s.RevertText(a, w.bank, "code", "uk", 3)
	wants(t, "back to what never was in force", err, "text_never_published")
	ok(w.s.RevertText(a, w.bank, "code", "uk", 0))
	says(embedded)
	d = ok(w.s.RevertText(a, w.bank, "code", "uk", 1))
	says("Demo Bank: 842913!")

	var did []string
	for _, c := range slices.Backward(d.History) {
		did = append(did, c.Action)
		if c.ActorKind != visavis.ActorAgent || c.ActorID == uuid.Nil || c.At.IsZero() {
			t.Errorf("who and when: %+v", c)
		}
	}
	want := "drafted submitted approved published drafted submitted approved archived drafted submitted rejected archived reverted reverted"
	if got := strings.Join(did, " "); got != want {
		t.Errorf("history %s\nwant    %s", got, want)
	}
	if d.History[len(d.History)-1].ActorID != aID || d.History[3].Note != "evil" {
		t.Errorf("history %+v", d.History)
	}
	for event, n := range map[string]int{"text.submitted": 3, "text.approved": 2, "text.rejected": 1, "text.published": 2} {
		if got := query[int](w, `select count(*) from events where bank_id = $1 and type = $2`, w.bank, event); got != n {
			t.Errorf("%d %s, want %d", got, event, n)
		}
	}
	if n := query[int](w, `select count(*) from events where bank_id = $1 and type like 'text.%' and body like '%842913%' or body like '%evil%'`, w.bank); n != 0 {
		t.Error("an event holds words")
	}
}

func TestNobodyApprovesWhatTheirOwnProgramWrote(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ok := must(t)
	_, a := w.administrator("a")
	key, _, err := w.banks.CreateKey(a, w.bank, "texts", []string{"write"})
	if err != nil {
		t.Fatal(err)
	}
	program := visavis.WithActor(t.Context(), visavis.Actor{Kind: visavis.ActorBank, BankID: w.bank, ID: key.ID})
	ok(w.s.DraftText(program, w.bank, "queue_busy", "en", []string{"{bank}: wait."}))
	_, err = w.s.SubmitText(program, w.bank, "queue_busy", "en", 1)
	wants(t, "there is nobody but the issuer", err, "second_administrator_needed")
	_, b := w.administrator("b")
	ok(w.s.SubmitText(program, w.bank, "queue_busy", "en", 1))
	_, err = w.s.ApproveText(a, w.bank, "queue_busy", "en", 1, "")
	wants(t, "the issuer of the key approves", err, "four_eyes")
	ok(w.s.ApproveText(b, w.bank, "queue_busy", "en", 1, ""))
}

func TestDraftsAreRefusedAndLinted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, a := w.administrator("a")
	w.administrator("b")
	for name, c := range map[string]struct {
		key, locale, code string
		words             []string
	}{
		"an unknown language":      {"code", "de", "invalid_request", []string{"{code}"}},
		"an unknown key":           {"nonsense", "en", "text_not_found", []string{"x"}},
		"a phrase with recordings": {"voice_again", "en", "text_not_found", []string{"x"}},
		"the caller's own words":   {"text", "en", "text_not_found", []string{"{text}"}},
		"a text that is too long":  {"queue_busy", "en", "invalid_request", []string{strings.Repeat("x", 1001)}},
		"nothing":                  {"queue_busy", "en", "invalid_request", []string{" "}},
		"no variants":              {"queue_busy", "en", "invalid_request", nil},
		"a NUL":                    {"queue_busy", "en", "invalid_request", []string{"a\x00b"}},
	} {
		_, err := w.s.DraftText(a, w.bank, c.key, c.locale, c.words)
		wants(t, name, err, c.code)
	}
	version := 0
	for name, words := range map[string][]string{
		"an unknown placeholder":                {"{bank} {code} {link}"},
		"a code text without it":                {"your code is secret"},
		"a short variant without the code":      {"{bank}: your code is {code}", "short"},
		"an address":                            {"{code}: see bank.example.com"},
		"HTML":                                  {"<b>{code}</b>"},
		"a line of another origin":              {"{code}\n@evil.example #{code}"},
		"an override of direction":              {"{code} \u202eabc"},
		"a brace":                               {"{code} {Code}"},
		"nothing that fits one segment of UCS2": {strings.Repeat("я", 80) + "{code}"},
	} {
		d, err := w.s.DraftText(a, w.bank, "code", "en", words)
		if err != nil {
			t.Fatal(name, err)
		}
		version = d.Text.Open.Version
		_, err = w.s.SubmitText(a, w.bank, "code", "en", version)
		wants(t, name, err, "text_lint")
	}
	if _, err := w.s.DraftText(a, w.bank, "code", "en", []string{"{bank}: {code}"}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.s.SubmitText(a, w.bank, "code", "en", version); err != nil {
		t.Errorf("a good text is refused: %v", err)
	}
	// What is in force at a bank that has worded nothing is clean.
	found, err := w.s.LintTexts(a, w.bank, nil)
	if err != nil || len(found) != 0 {
		t.Errorf("%v, %v", found, err)
	}
}

func TestAPaymentIsToldWithItsAmountAndPayee(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run()
	phone := "+84912345671"
	message := channels.Message{
		CustomerID: w.customer(phone, "vi"), Class: channels.Security, Template: "verification_code_payment", Channels: []channels.Channel{channels.SMS},
		Params: map[string]string{"minutes": "5", "amount": "1250000", "currency": "VND", "payee": "Trần\n@evil.example #1\u202e"},
		Secret: map[string]string{"code": "84291357"},
	}
	sent := func() string {
		t.Helper()
		w.untilState(w.send(message).ID, "delivered")
		return w.at("messages", phone)[0]["body"].(string)
	}
	if got := sent(); got != "84291357: 1.250.000 VND cho Trần @evil.example #1. Giữ kín!" || channels.CountSegments(got).Segments != 1 {
		t.Errorf("%q", got)
	}
	if _, err := w.s.SetTextSettings(t.Context(), w.bank, channels.TextSettings{VietnameseSMS: channels.Shorter}); err != nil {
		t.Fatal(err)
	}
	got := sent()
	if want := "Demo Bank: ma 84291357 de chuyen 1.250.000 VND cho Tran @evil.example #1, dung trong 5 phut. Khong cho ai biet ma nay!"; !strings.HasPrefix(got, want) {
		// The longest is one segment in GSM 7 bit only when payee is short enough.
		if !strings.HasPrefix(got, "Demo Bank: ma 84291357 chuyen 1.250.000 VND cho Tran @evil.example #1. Khong cho ai biet!") {
			t.Errorf("%q", got)
		}
	}
	if c := channels.CountSegments(got); c.Segments != 1 || c.Encoding != channels.GSM7 {
		t.Errorf("%+v of %q", c, got)
	}
	for _, bad := range [][2]string{{"12,5", "VND"}, {"12.5", "VND"}, {"1", "XYZZ"}, {"1.234", "USD"}, {"-1", "USD"}} {
		m := message
		m.Params = map[string]string{"minutes": "5", "amount": bad[0], "currency": bad[1], "payee": "x"}
		m.ExpiresAt = w.now().Add(1e9)
		_, err := w.s.Send(t.Context(), w.bank, m)
		wants(t, bad[0]+" "+bad[1], err, "invalid_request")
	}
}

func TestPreviewShowsWhatWouldBeSentAndItsCost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	list, err := w.s.PreviewText(t.Context(), w.bank, channels.PreviewRequest{Key: "reminder"})
	if err != nil || len(list) != 6 {
		t.Fatalf("%v, %v", list, err)
	}
	for _, p := range list {
		sends := 0
		for _, v := range p.Variants {
			if v.Chosen {
				sends++
				// English takes one segment; the others need two for the link.
				one := p.Locale == "en"
				if (v.Count.Segments == 1) != one || !v.Fits || p.Budget != 2 || !strings.Contains(v.Body, "https://") {
					t.Errorf("%s: %+v", p.Locale, v)
				}
			}
			if len(v.Costs) != 0 {
				t.Errorf("a price out of nothing: %+v", v.Costs)
			}
		}
		if sends != 1 || len(p.Findings) != 0 {
			t.Errorf("%s: %d are sent, findings %v", p.Locale, sends, p.Findings)
		}
	}
	settings := channels.TextSettings{WebOTPHost: "bank.example", Prices: []channels.Price{
		{Prefix: "+8", Currency: "USD", Segment: "9"}, {Prefix: "+84", Currency: "USD", Segment: "0.0452"}, {Prefix: "+7", Currency: "EUR", Segment: "0.1"},
	}}
	if _, err := w.s.SetTextSettings(t.Context(), w.bank, settings); err != nil {
		t.Fatal(err)
	}
	list, err = w.s.PreviewText(t.Context(), w.bank, channels.PreviewRequest{
		Key: "code", Locale: "ru", Prefix: "+84", Variants: []string{strings.Repeat("я", 100) + "{code}", "{bank}: {code}"}, Params: map[string]string{"code": "13579024"},
	})
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	var sent, long channels.PreviewVariant
	for _, v := range list[0].Variants {
		if v.Chosen {
			sent = v
		}
		if v.Variant == 0 {
			long = v
		}
	}
	if sent.Body != "Demo Bank: 13579024\n@bank.example #13579024" || !sent.OriginLine || sent.Variant != 1 {
		t.Errorf("%+v", sent)
	}
	if len(long.Costs) != 1 || long.Costs[0] != (channels.Cost{Prefix: "+84", Currency: "USD", Amount: "0.0904"}) || long.Count.Segments != 2 {
		t.Errorf("%+v", long)
	}
}

// A reminder is shown with how to confirm where it would be sent with it, and its
// segments count that; the bank's own words without, until it words the hint.
func TestPreviewOfAReminderSaysHowToConfirm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hint := "Answer YES to confirm."
	shown := func(r channels.PreviewRequest) (chosen channels.PreviewVariant) {
		t.Helper()
		r.Key, r.Locale = "reminder", "en"
		list, err := w.s.PreviewText(t.Context(), w.bank, r)
		if err != nil || len(list) != 1 {
			t.Fatalf("%v, %v", list, err)
		}
		for _, v := range list[0].Variants {
			if v.Confirm != strings.HasSuffix(v.Body, hint) || v.Count != channels.CountSegments(v.Body) {
				t.Errorf("%+v", v)
			}
			if v.Chosen {
				chosen = v
			}
		}
		return chosen
	}
	if v := shown(channels.PreviewRequest{}); v.Confirm {
		t.Errorf("nobody would hear the answer to %q", v.Body)
	}
	if _, err := w.s.SetSenders(t.Context(), w.bank, []channels.SenderEntry{
		{Channel: channels.SMS, Kind: channels.ShortCode, Country: "84", Sender: "8099", Inbound: true},
		{Channel: channels.SMS, Kind: channels.Alphanumeric, Country: "44", Sender: "DemoBank"},
	}); err != nil {
		t.Fatal(err)
	}
	for prefix, want := range map[string]bool{"": true, "+84": true, "+44": false, "+86": false} {
		if v := shown(channels.PreviewRequest{Prefix: prefix}); v.Confirm != want {
			t.Errorf("prefix %q: %q", prefix, v.Body)
		}
	}
	own := channels.PreviewRequest{Variants: []string{"{bank}: {date} {time} {link}"}}
	if v := shown(own); v.Confirm {
		t.Errorf("the bank's own words became %q", v.Body)
	}
	hint = "YES?"
	w.exec(`insert into texts (bank_id, key, locale, version, variants, state, created_at, updated_at)
		values ($1, 'confirm_hint', 'en', 1, array['YES?'], 'published', now(), now())`, w.bank)
	if v := shown(own); !v.Confirm {
		t.Errorf("the bank's own hint is missing: %q", v.Body)
	}
}
