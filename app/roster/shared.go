package roster

import (
	"maps"
	"slices"

	"rollcall/app/reconcile"
)

// How many years back a last day lies that more than a few share before it is asked
// about: one of those that systems write for none. Not so far back it takes a fifth of
// everybody.
const (
	fewShare  = 5
	yearsBack = 20
	fewYears  = 5
)

// sharing is who has one last day.
type sharing struct {
	first  mark
	rows   int
	active int // whose status says that they are here
}

// share notes a last day that may stand for none.
func (s *survey) share(line int, rec []string, status reconcile.Status, last day) {
	if s.f.o.Now.IsZero() || last.year == 0 || last.year > s.f.o.Now.Year()-fewYears || status == reconcile.StatusLeft {
		return
	}
	h := s.shared[last]
	if h == nil {
		h = &sharing{}
		s.shared[last] = h
	}
	h.first.set(line, s.f.lay.value(rec, fEnd))
	h.rows++
	if status == reconcile.StatusActive && statusKey(s.f.lay.value(rec, fStatus)) != "" {
		h.active++
	}
}

// standForNone asks about the days that too many share, or takes them for none.
func (s *survey) standForNone() {
	s.f.none = map[day]bool{}
	for _, d := range slices.SortedFunc(maps.Keys(s.shared), func(a, b day) int { return s.shared[a].first.line - s.shared[b].first.line }) {
		h := s.shared[d]
		old := d.year <= s.f.o.Now.Year()-yearsBack
		if h.rows <= fewShare || !old && h.rows*5 <= s.f.sum.Rows {
			continue
		}
		if s.f.o.Map[fZeros] == "" {
			s.errs.add(h.first.line, s.f.lay.column(fEnd), "%s is the last day of %d people whose status does not say left, and %s. If it is right, leave out who left so long ago, or give them a status that says so",
				quote(h.first.text), h.rows, noneWords)
			continue
		}
		s.f.none[d] = true
		for _, order := range [...]DateOrder{"", DayFirst, MonthFirst} {
			s.over[order] -= h.active
		}
	}
	slices.SortStableFunc(s.errs.Rows, func(a, b RowError) int { return a.Line - b.Line })
}
