package roster

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"rollcall/app/reconcile"
)

// survey checks the whole file and settles what only the whole file tells.
type survey struct {
	f        *file
	errs     Errors
	keys     map[[16]byte]int32 // line of each person's key
	seen     seen
	mails    []mails // beside the layout's e-mail columns
	unstated int     // rows without a status
	inactive int     // rows whose status says inactive and is read as left
}

// mails counts the values of an e-mail column.
type mails struct{ all, without int }

func (f *file) survey() error {
	if err := f.layout(); err != nil {
		return err
	}
	s := &survey{f: f, keys: map[[16]byte]int32{}, mails: make([]mails, len(f.lay.cols[fEmail]))}
	h := sha256.New()
	if err := f.each(h, &s.errs, s.row); err != nil {
		return err
	}
	if [32]byte(h.Sum(nil)) != f.sum.SHA256 && len(s.errs.Rows) == 0 {
		return ErrChanged
	}
	f.sum.Warnings = append(f.sum.Warnings, s.warnings()...)
	order, err := s.seen.decide(f.order)
	switch {
	case len(s.errs.Rows) > 0:
		return &s.errs
	case err != nil:
		return err
	case f.sum.Rows == 0:
		return &FileError{"The file has a header and no people.", "Export it again."}
	}
	f.order = order
	if s.seen.used() {
		f.sum.DateOrder = order
	}
	return nil
}

func (s *survey) row(line int, rec []string) error {
	report := func(column, format string, args ...any) { s.errs.add(line, column, format, args...) }
	p, days := s.f.person(rec, report)
	s.f.sum.Rows++
	s.unique(line, p.Number)
	for i, field := range [...]string{fStart, fEnd} {
		s.seen.add(line, s.f.lay.value(rec, field), days[i])
	}
	for i, col := range s.f.lay.cols[fEmail] {
		for _, v := range addresses(rec[col]) {
			s.mails[i].all++
			if !strings.Contains(v, "@") {
				s.mails[i].without++
			}
		}
	}
	s.status(s.f.lay.value(rec, fStatus), p.Status)
	return nil
}

// unique reports a key that was there before. Keys are the same where they
// would match the same account.
func (s *survey) unique(line int, number string) {
	key := reconcile.Normalise(number)
	if reconcile.IsBlank(key) {
		return
	}
	sum := sha256.Sum256([]byte(key))
	k := [16]byte(sum[:16])
	if first, ok := s.keys[k]; ok {
		s.errs.add(line, s.f.lay.column(fNumber), "%s is on line %d already", quote(number), first)
		return
	}
	s.keys[k] = int32(line)
}

func (s *survey) status(text string, read reconcile.Status) {
	if len(s.f.lay.cols[fStatus]) == 0 {
		return
	}
	key := statusKey(text)
	if _, told := s.f.status[key]; told {
		return
	}
	switch {
	case key == "":
		s.unstated++
	case read == reconcile.StatusLeft && strings.HasPrefix(key, "ina"):
		s.inactive++
	}
}

func (s *survey) warnings() (w []string) {
	for i, col := range s.f.lay.cols[fEmail] {
		if m := s.mails[i]; m.without > 0 {
			w = append(w, fmt.Sprintf("%d of %d values in column %s have no @ and match nobody; check that it holds e-mail addresses.", m.without, m.all, quote(s.f.lay.names[col])))
		} else if m.all == 0 {
			w = append(w, fmt.Sprintf("Column %s is read as e-mail address and is empty in every row.", quote(s.f.lay.names[col])))
		}
	}
	if s.unstated > 0 {
		w = append(w, fmt.Sprintf("%d rows have no status and count as active.", s.unstated))
	}
	if s.inactive > 0 {
		w = append(w, fmt.Sprintf("%d rows are inactive and read as left; map the word to on leave if it means that.", s.inactive))
	}
	return w
}

// used says whether any date depended on the order.
func (s *seen) used() bool { return s.open.line > 0 || s.day.line > 0 || s.month.line > 0 }
