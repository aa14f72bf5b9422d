package ivr

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/channels/voice"
)

// How values are said. The carrier's voices read whole numbers well in their own
// language, but not separators of thousands, codes of currencies, dates in
// figures, or what has to be inflected: so that is written out here.

var (
	weekdayNames = map[string][7]string{
		"en": {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
		"vi": {"Chủ nhật", "thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy"},
		"zh": {"星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"},
		"ru": {"воскресенье", "понедельник", "вторник", "среда", "четверг", "пятница", "суббота"},
		"uk": {"неділя", "понеділок", "вівторок", "середа", "четвер", "п'ятниця", "субота"},
	}
	monthNames = map[string][12]string{
		"en": {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
		"ru": {"января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября", "декабря"},
		"uk": {"січня", "лютого", "березня", "квітня", "травня", "червня", "липня", "серпня", "вересня", "жовтня", "листопада", "грудня"},
	}
	// Days of the month as a Russian and a Ukrainian says them: "второе января".
	daysRU = [...]string{"", "первое", "второе", "третье", "четвёртое", "пятое", "шестое", "седьмое", "восьмое", "девятое", "десятое", "одиннадцатое",
		"двенадцатое", "тринадцатое", "четырнадцатое", "пятнадцатое", "шестнадцатое", "семнадцатое", "восемнадцатое", "девятнадцатое", "двадцатое",
		"двадцать первое", "двадцать второе", "двадцать третье", "двадцать четвёртое", "двадцать пятое", "двадцать шестое", "двадцать седьмое",
		"двадцать восьмое", "двадцать девятое", "тридцатое", "тридцать первое"}
	daysUK = [...]string{"", "перше", "друге", "третє", "четверте", "п'яте", "шосте", "сьоме", "восьме", "дев'яте", "десяте", "одинадцяте",
		"дванадцяте", "тринадцяте", "чотирнадцяте", "п'ятнадцяте", "шістнадцяте", "сімнадцяте", "вісімнадцяте", "дев'ятнадцяте", "двадцяте",
		"двадцять перше", "двадцять друге", "двадцять третє", "двадцять четверте", "двадцять п'яте", "двадцять шосте", "двадцять сьоме",
		"двадцять восьме", "двадцять дев'яте", "тридцяте", "тридцять перше"}
)

// money are the names of a currency's units: one, few (2 to 4, Russian and
// Ukrainian), many; and of its hundredths.
type money struct{ whole, part [3]string }

func same(word string) [3]string { return [3]string{word, word, word} }

var currencies = map[string]map[string]money{
	"en": {
		"USD": {[3]string{"dollar", "dollars", "dollars"}, [3]string{"cent", "cents", "cents"}}, "EUR": {[3]string{"euro", "euros", "euros"}, [3]string{"cent", "cents", "cents"}},
		"VND": {same("dong"), same("")}, "IRR": {[3]string{"rial", "rials", "rials"}, same("")}, "RUB": {[3]string{"rouble", "roubles", "roubles"}, [3]string{"kopeck", "kopecks", "kopecks"}},
		"UAH": {[3]string{"hryvnia", "hryvnias", "hryvnias"}, [3]string{"kopiyka", "kopiykas", "kopiykas"}}, "CNY": {same("yuan"), same("fen")}, "GBP": {[3]string{"pound", "pounds", "pounds"}, same("pence")},
	},
	"vi": {
		"USD": {same("đô la"), same("xu")}, "EUR": {same("ơ rô"), same("xu")}, "VND": {same("đồng"), same("")}, "IRR": {same("ri an"), same("")},
		"RUB": {same("rúp"), same("cô pếch")}, "UAH": {same("hrip na"), same("cô pi ca")}, "CNY": {same("nhân dân tệ"), same("phân")}, "GBP": {same("bảng Anh"), same("xu")},
	},
	"zh": {
		"USD": {same("美元"), same("美分")}, "EUR": {same("欧元"), same("欧分")}, "VND": {same("越南盾"), same("")}, "IRR": {same("里亚尔"), same("")},
		"RUB": {same("卢布"), same("戈比")}, "UAH": {same("格里夫纳"), same("戈比")}, "CNY": {same("元"), same("分")}, "GBP": {same("英镑"), same("便士")},
	},
	"ru": {
		"USD": {[3]string{"доллар", "доллара", "долларов"}, [3]string{"цент", "цента", "центов"}}, "EUR": {same("евро"), [3]string{"цент", "цента", "центов"}},
		"VND": {[3]string{"донг", "донга", "донгов"}, same("")}, "IRR": {[3]string{"риал", "риала", "риалов"}, same("")},
		"RUB": {[3]string{"рубль", "рубля", "рублей"}, [3]string{"копейка", "копейки", "копеек"}}, "UAH": {[3]string{"гривна", "гривны", "гривен"}, [3]string{"копейка", "копейки", "копеек"}},
		"CNY": {[3]string{"юань", "юаня", "юаней"}, [3]string{"фэнь", "фэня", "фэней"}}, "GBP": {[3]string{"фунт", "фунта", "фунтов"}, [3]string{"пенни", "пенса", "пенсов"}},
	},
	"uk": {
		"USD": {[3]string{"долар", "долари", "доларів"}, [3]string{"цент", "центи", "центів"}}, "EUR": {same("євро"), [3]string{"цент", "центи", "центів"}},
		"VND": {[3]string{"донг", "донги", "донгів"}, same("")}, "IRR": {[3]string{"ріал", "ріали", "ріалів"}, same("")},
		"RUB": {[3]string{"рубль", "рублі", "рублів"}, [3]string{"копійка", "копійки", "копійок"}}, "UAH": {[3]string{"гривня", "гривні", "гривень"}, [3]string{"копійка", "копійки", "копійок"}},
		"CNY": {[3]string{"юань", "юані", "юанів"}, [3]string{"фень", "фені", "фенів"}}, "GBP": {[3]string{"фунт", "фунти", "фунтів"}, [3]string{"пенс", "пенси", "пенсів"}},
	},
}

// form is which of three forms a count takes (CLDR plural rules; one and the
// rest in English, one form elsewhere).
func form(locale string, n int64) int {
	switch locale {
	case "ru", "uk":
		switch {
		case n%10 == 1 && n%100 != 11:
			return 0
		case n%10 >= 2 && n%10 <= 4 && (n%100 < 12 || n%100 > 14):
			return 1
		}
		return 2
	}
	if n == 1 {
		return 0
	}
	return 2
}

// sayNumber writes a decimal number so that a voice reads it as one: no
// separators of thousands.
func sayNumber(locale, value string) string {
	value = strings.TrimSpace(value)
	whole, decimals, found := strings.Cut(value, ".")
	if _, err := strconv.ParseInt(whole, 10, 64); err != nil {
		return value
	}
	if !found {
		return whole
	}
	spelled := strings.Join(strings.Split(decimals, ""), " ")
	switch locale {
	case "vi":
		return whole + " phẩy " + spelled
	case "zh":
		return whole + "点" + spelled
	case "ru":
		return whole + " и " + spelled
	case "uk":
		return whole + " і " + spelled
	}
	return whole + " point " + spelled
}

// splitAmount reads "1250000 VND" or "12.50 USD".
func splitAmount(value string) (whole, part int64, code string, ok bool) {
	amount, code, ok := strings.Cut(strings.TrimSpace(value), " ")
	if !ok || channels.CheckAmount(amount, code) != nil {
		return 0, 0, "", false
	}
	text, decimals, _ := strings.Cut(amount, ".")
	whole, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, 0, "", false
	}
	if decimals != "" {
		part, _ = strconv.ParseInt((decimals + "00")[:2], 10, 64)
	}
	return whole, part, code, true
}

func sayAmount(locale, value string) string {
	whole, part, code, ok := splitAmount(value)
	if !ok {
		return sayNumber(locale, value)
	}
	names, known := currencies[locale][code]
	if !known {
		return sayNumber(locale, strings.TrimSuffix(value, " "+code)) + " " + strings.Join(strings.Split(code, ""), " ")
	}
	gap := " "
	if locale == "zh" {
		gap = ""
	}
	said := fmt.Sprint(whole) + gap + names.whole[form(locale, whole)]
	if part > 0 {
		said += gap + fmt.Sprint(part) + gap + names.part[form(locale, part)]
	}
	return said
}

func sayDate(locale string, t time.Time) string {
	day, month, weekday := t.Day(), t.Month(), weekdayNames[locale][t.Weekday()]
	switch locale {
	case "vi":
		return fmt.Sprintf("%s, ngày %d tháng %d", weekday, day, month)
	case "zh":
		return fmt.Sprintf("%d月%d日，%s", month, day, weekday)
	case "ru":
		return fmt.Sprintf("%s, %s %s", weekday, daysRU[day], monthNames["ru"][month-1])
	case "uk":
		return fmt.Sprintf("%s, %s %s", weekday, daysUK[day], monthNames["uk"][month-1])
	}
	return fmt.Sprintf("%s, %s %d", weekdayNames["en"][t.Weekday()], monthNames["en"][month-1], day)
}

func sayTime(locale string, t time.Time) string {
	hour, minute := t.Hour(), t.Minute()
	pick := func(n int, forms [3]string) string { return forms[form(locale, int64(n))] }
	switch locale {
	case "vi":
		if minute == 0 {
			return fmt.Sprintf("%d giờ", hour)
		}
		return fmt.Sprintf("%d giờ %d phút", hour, minute)
	case "zh":
		if minute == 0 {
			return fmt.Sprintf("%d点整", hour)
		}
		return fmt.Sprintf("%d点%02d分", hour, minute)
	case "ru":
		said := fmt.Sprintf("%d %s", hour, pick(hour, [3]string{"час", "часа", "часов"}))
		if minute == 0 {
			return said + " ровно"
		}
		return said + fmt.Sprintf(" %d %s", minute, pick(minute, [3]string{"минута", "минуты", "минут"}))
	case "uk":
		said := fmt.Sprintf("%d %s", hour, pick(hour, [3]string{"година", "години", "годин"}))
		if minute == 0 {
			return said + " рівно"
		}
		return said + fmt.Sprintf(" %d %s", minute, pick(minute, [3]string{"хвилина", "хвилини", "хвилин"}))
	}
	return t.Format("3:04 PM")
}

// sayDigits writes digits so that a voice says each by itself.
func sayDigits(value string) string { return strings.Join(strings.Split(value, ""), ", ") }

// sayValue is a value as the carrier's voice is to read it.
func sayValue(locale, as, value string, zone *time.Location) string {
	if at, err := time.Parse(time.RFC3339, value); err == nil && (as == "date" || as == "time" || as == "datetime") {
		at = at.In(zone)
		switch as {
		case "date":
			return sayDate(locale, at)
		case "time":
			return sayTime(locale, at)
		}
		return sayDate(locale, at) + ", " + sayTime(locale, at)
	}
	switch as {
	case "digits":
		return sayDigits(value)
	case "number":
		return sayNumber(locale, value)
	case "amount":
		return sayAmount(locale, value)
	}
	return value
}

// clipsOf is a value as recordings say it. What they cannot say is an empty
// part, which no pack has: voice.Speak then refuses.
func clipsOf(locale, as, value string, zone *time.Location) []voice.Part {
	none := []voice.Part{voice.Say("value_" + as + "_not_recorded")}
	at, err := time.Parse(time.RFC3339, value)
	if as == "date" || as == "time" || as == "datetime" {
		if err != nil || locale != VoicelessLocale {
			return none
		}
		at = at.In(zone)
		_, month, day := channels.PersianDate(at)
		date, clock := voice.Date(at.Weekday(), day, month), voice.Clock(at.Hour(), at.Minute())
		switch as {
		case "date":
			return []voice.Part{date}
		case "time":
			return []voice.Part{clock}
		}
		return []voice.Part{date, clock}
	}
	switch as {
	case "digits":
		return []voice.Part{voice.Digits(value)}
	case "number":
		if n, err := strconv.ParseInt(value, 10, 64); err == nil {
			return []voice.Part{voice.Number(n)}
		}
	case "amount":
		if whole, part, code, ok := splitAmount(value); ok && part == 0 {
			return []voice.Part{voice.Number(whole), voice.Say("currency_" + strings.ToLower(code))}
		}
	}
	return none
}
