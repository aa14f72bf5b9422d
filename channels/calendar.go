package channels

import (
	"fmt"
	"strings"
	"time"
)

// Dates as people of each language write them in a short message: without the
// year, since a booking is weeks away at most. Russian and Ukrainian carry the
// weekday in short, as its full name would have to be inflected. Persian uses
// the Solar Hijri calendar of Iran (see persianDate) and Persian digits.
var (
	weekdaysVI = [...]string{"Chủ nhật", "thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy"}
	weekdaysZH = [...]string{"周日", "周一", "周二", "周三", "周四", "周五", "周六"}
	weekdaysRU = [...]string{"вс", "пн", "вт", "ср", "чт", "пт", "сб"}
	weekdaysUK = [...]string{"нд", "пн", "вт", "ср", "чт", "пт", "сб"}
	weekdaysFA = [...]string{"یکشنبه", "دوشنبه", "سه\u200cشنبه", "چهارشنبه", "پنجشنبه", "جمعه", "شنبه"}
	monthsRU   = [...]string{"января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября", "декабря"}
	monthsUK   = [...]string{"січня", "лютого", "березня", "квітня", "травня", "червня", "липня", "серпня", "вересня", "жовтня", "листопада", "грудня"}
	monthsFA   = [...]string{"فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور", "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند"}
)

// formatDate writes the day of t, which is in the customer's zone.
func formatDate(locale string, t time.Time) string {
	day, month, weekday := t.Day(), t.Month(), t.Weekday()
	switch locale {
	case "vi":
		return fmt.Sprintf("%s %02d/%02d", weekdaysVI[weekday], day, month)
	case "zh":
		return fmt.Sprintf("%d月%d日（%s）", month, day, weekdaysZH[weekday])
	case "ru":
		return fmt.Sprintf("%d %s (%s)", day, monthsRU[month-1], weekdaysRU[weekday])
	case "uk":
		return fmt.Sprintf("%d %s (%s)", day, monthsUK[month-1], weekdaysUK[weekday])
	case "fa":
		_, month, day := persianDate(t)
		return weekdaysFA[weekday] + " " + localDigits("fa", fmt.Sprint(day)) + " " + monthsFA[month-1]
	}
	return t.Format("Monday 2 January")
}

// formatTime writes the time of day of t, 24 hours, in every language.
func formatTime(locale string, t time.Time) string { return localDigits(locale, t.Format("15:04")) }

var persianDigits = strings.NewReplacer("0", "۰", "1", "۱", "2", "۲", "3", "۳", "4", "۴", "5", "۵", "6", "۶", "7", "۷", "8", "۸", "9", "۹")

// localDigits writes numbers that are read, not typed: a code keeps Latin digits.
func localDigits(locale, text string) string {
	if locale == "fa" {
		return persianDigits.Replace(text)
	}
	return text
}

// persianBreaks are the years of the Solar Hijri calendar at which its pattern
// of leap years begins anew (K. M. Borkowski, "The Persian calendar for 3000
// years", Earth, Moon and Planets 74, 1996). No library of the project knows
// this calendar; the test holds this against ICU's.
var persianBreaks = [...]int{-61, 9, 38, 199, 426, 686, 756, 818, 1111, 1181, 1210, 1635, 2060, 2097, 2192, 2262, 2324, 2394, 2456, 3178}

// persianNewYear returns the day of March in the Gregorian year on which the
// Persian year begins, and how many years have passed since its last leap year
// (0 = it is one itself).
func persianNewYear(year int) (march, sinceLeap int) {
	leaps, before := -14, persianBreaks[0]
	var jump int
	for _, b := range persianBreaks[1:] {
		jump = b - before
		if year < b {
			break
		}
		leaps += jump/33*8 + jump%33/4
		before = b
	}
	n := year - before
	leaps += n/33*8 + (n%33+3)/4
	if jump%33 == 4 && jump-n == 4 {
		leaps++
	}
	gregorian := year + 621
	march = 20 + leaps - (gregorian/4 - (gregorian/100+1)*3/4 - 150)
	if jump-n < 6 {
		n = n - jump + (jump+4)/33*33
	}
	sinceLeap = ((n+1)%33 - 1) % 4
	if sinceLeap == -1 {
		sinceLeap = 4
	}
	return march, sinceLeap
}

// persianDate returns the day of t, in t's zone, in the Solar Hijri calendar.
func persianDate(t time.Time) (year, month, day int) {
	year = t.Year() - 621
	today := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	march, _ := persianNewYear(year)
	first := time.Date(t.Year(), time.March, march, 0, 0, 0, 0, time.UTC)
	if today.Before(first) {
		year--
		march, _ = persianNewYear(year)
		first = time.Date(t.Year()-1, time.March, march, 0, 0, 0, 0, time.UTC)
	}
	passed := int(today.Sub(first) / (24 * time.Hour))
	if passed < 6*31 { // six months of 31 days, then 30
		return year, passed/31 + 1, passed%31 + 1
	}
	passed -= 6 * 31
	return year, passed/30 + 7, passed%30 + 1
}

// PersianDate returns the day of t, in t's zone, in the Solar Hijri calendar:
// month 1 is Farvardin.
func PersianDate(t time.Time) (year, month, day int) { return persianDate(t) }
