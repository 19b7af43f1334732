package reconcile

import (
	"slices"
	"testing"
)

func TestNameWords(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"Jürgen Müller", "Müller, Jürgen", true},
		{"JÜRGEN MÜLLER", "jurgen muller", true},
		{"Jurgen Mu\u0308ller", "Jürgen Müller", true},
		{"Weiß, Anna", "Anna Weiss", true},
		{"O'Brien, Zoë", "zoe o brien", true},
		{"Ｌｉ Ｗｅｉ", "wei li", true},
		{"Jürgen Müller", "Jürgen Maria Müller", false},
		{"Jürgen Müller", "Jürgen Möller", false},
		{"Ann Ann", "Ann", false},
		{"Петров Иван", "Иван Петров", true},
	} {
		if got := slices.Equal(NameWords(c.a), NameWords(c.b)); got != c.same {
			t.Errorf("%q and %q: %v, %q %q", c.a, c.b, got, NameWords(c.a), NameWords(c.b))
		}
	}
	if got := NameWords(" , \u0301 "); len(got) > 0 && slices.Contains(got, "") {
		t.Errorf("%q", got)
	}
}
