package ivr

import "testing"

func TestCellIsNoFormula(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                       "",
		"Lan; 5":                 "Lan; 5",
		"a-b, c=d":               "a-b, c=d",
		"+84912000001":           "+84912000001",
		"=1+1":                   "'=1+1",
		"@SUM(A1)":               "'@SUM(A1)",
		"\t=1":                   "'\t=1",
		"＝1":                     "'＝1",
		`x;=HYPERLINK("http")`:   `x;'=HYPERLINK("http")`,
		`x; "=1+1`:               `x;' "=1+1`,
		"x\t-1+1":                "x\t'-1+1",
		"first\n=second;+third":  "first\n'=second;'+third",
		"+84912000001;+cmd|' /C": "'+84912000001;'+cmd|' /C",
	} {
		if got := cell(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
