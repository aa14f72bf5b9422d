package channels

import (
	"testing"
	"time"
)

// TestQuietHoursEnd goes over the nights in which clocks change: the end is what
// the clock shows, and never before it.
func TestQuietHoursEnd(t *testing.T) {
	for _, c := range []struct{ name, zone, from, to, at, want string }{
		{"by day", "Europe/Kyiv", "21:00", "08:00", "2026-05-01T12:00:00+03:00", "2026-05-01T12:00:00+03:00"},
		{"over midnight", "Europe/Kyiv", "21:00", "08:00", "2026-05-01T22:30:00+03:00", "2026-05-02T08:00:00+03:00"},
		{"after midnight", "Europe/Kyiv", "21:00", "08:00", "2026-05-02T07:59:59+03:00", "2026-05-02T08:00:00+03:00"},
		{"the end itself", "Europe/Kyiv", "21:00", "08:00", "2026-05-02T08:00:00+03:00", "2026-05-02T08:00:00+03:00"},
		{"spring: the night is an hour shorter", "Europe/Kyiv", "21:00", "08:00", "2026-03-28T23:00:00+02:00", "2026-03-29T08:00:00+03:00"},
		{"autumn: an hour longer", "Europe/Kyiv", "21:00", "08:00", "2026-10-24T23:00:00+03:00", "2026-10-25T08:00:00+02:00"},
		{"spring: the end does not exist", "America/New_York", "22:00", "02:30", "2026-03-08T01:00:00-05:00", "2026-03-08T03:00:00-04:00"},
		{"autumn: the end comes twice, from before", "America/New_York", "22:00", "01:30", "2026-11-01T00:10:00-04:00", "2026-11-01T01:30:00-04:00"},
		{"autumn: the hour is quiet again", "America/New_York", "01:00", "01:30", "2026-11-01T01:10:00-05:00", "2026-11-01T01:30:00-05:00"},
		{"half an hour", "Australia/Lord_Howe", "21:00", "08:00", "2026-04-04T23:00:00+11:00", "2026-04-05T08:00:00+10:30"},
		{"no changes", "Asia/Ho_Chi_Minh", "21:00", "08:00", "2026-03-29T00:00:00+07:00", "2026-03-29T08:00:00+07:00"},
		{"within a day", "Asia/Tehran", "12:00", "14:00", "2026-03-29T13:00:00+03:30", "2026-03-29T14:00:00+03:30"},
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		at, _ := time.Parse(time.RFC3339, c.at)
		want, _ := time.Parse(time.RFC3339, c.want)
		if got := (QuietHours{From: c.from, To: c.to}).end(at.UTC(), zone); !got.Equal(want) {
			t.Errorf("%s: from %s until %s, want %s", c.name, c.at, got.In(zone).Format(time.RFC3339), c.want)
		}
	}
}

func TestIntentOf(t *testing.T) {
	for text, want := range map[string]keyword{
		"STOP": {IntentStop, ""}, " stop. ": {IntentStop, ""}, "Стоп": {IntentStop, ""}, "Відписатися": {IntentStop, "uk"}, "отписаться": {IntentStop, "ru"},
		"退订": {IntentStop, "zh"}, "لغو": {IntentStop, "fa"}, "لغو ۱۱": {IntentStop, "fa"}, "Từ chối": {IntentStop, "vi"}, "tu choi": {IntentStop, "vi"},
		"Start": {IntentStart, ""}, "HELP": {IntentHelp, ""}, "Trợ giúp": {IntentHelp, "vi"}, "Допомога": {IntentHelp, "uk"},
		"not me!": {IntentNotMe, ""}, "It wasn’t me": {IntentNotMe, ""}, "KHONG PHAI TOI": {IntentNotMe, "vi"}, "Không phải tôi": {IntentNotMe, "vi"}, "不是我": {IntentNotMe, "zh"},
		"من نبودم": {IntentNotMe, "fa"}, "من\u200cنبودم": {IntentNotMe, "fa"}, "Не я": {IntentNotMe, ""}, "це не я": {IntentNotMe, "uk"},
		"yes": {IntentYes, ""}, "بله": {IntentYes, "fa"}, "да": {IntentYes, "ru"}, "Так": {IntentYes, "uk"}, "Нет": {IntentNo, "ru"},
		"please stop by tomorrow": {IntentText, ""}, "": {IntentText, ""}, "842913": {IntentText, ""},
	} {
		if intent, locale := IntentOf(text); intent != want.intent || locale != want.locale {
			t.Errorf("%q is %s %q, want %s %q", text, intent, locale, want.intent, want.locale)
		}
	}
}
