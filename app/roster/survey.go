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
	mails    []mails           // beside the layout's e-mail columns
	unstated int               // rows without a status
	inactive int               // rows whose status says inactive and is read as left
	active   int               // rows whose status says that they are here
	over     map[DateOrder]int // of those, with a last day that is over, by how dates are read
	shared   map[day]*sharing  // last days of years ago of those whose status does not say left
}

// mails counts the values of an e-mail column.
type mails struct{ all, without int }

func (f *file) survey() error {
	if err := f.layout(); err != nil {
		return err
	}
	s := &survey{f: f, keys: map[[16]byte]int32{}, mails: make([]mails, len(f.lay.cols[fEmail])), over: map[DateOrder]int{}, shared: map[day]*sharing{}}
	h := sha256.New()
	if err := f.each(h, &s.errs, s.row); err != nil {
		return err
	}
	if [32]byte(h.Sum(nil)) != f.sum.SHA256 && len(s.errs.Rows) == 0 {
		return ErrChanged
	}
	s.standForNone()
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
	f.sum.Warnings = append(f.sum.Warnings, s.ended()...)
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
	s.f.ids.add(p.Number)
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
	s.status(s.f.lay.value(rec, fStatus), p.Status, days[1])
	s.share(line, rec, p.Status, days[1])
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

func (s *survey) status(text string, read reconcile.Status, last day) {
	if len(s.f.lay.cols[fStatus]) == 0 {
		return
	}
	key := statusKey(text)
	if key != "" && read == reconcile.StatusActive {
		s.active++
		for _, order := range [...]DateOrder{"", DayFirst, MonthFirst} {
			if end := last.in(s.f.o.TimeZone, order); !end.IsZero() && end.AddDate(0, 0, 1).Before(s.f.o.Now) {
				s.over[order]++
			}
		}
	}
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

// mostEnded is the share, in percent, of those whose status says active that may
// have a last day that is over before it is said: some files are a few days behind.
const mostEnded = 5

// ended doubts a column of last days that are over where the status says otherwise:
// all of them count as leavers.
func (s *survey) ended() []string {
	n := s.over[s.f.order]
	if n*100 <= s.active*mostEnded {
		return nil
	}
	return []string{fmt.Sprintf("%d of %d people whose status says active have a last day that is over, and count as leavers; check that column %s holds last days.", n, s.active, quote(s.f.lay.column(fEnd)))}
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
		w = append(w, unstated(s.unstated))
	}
	if s.inactive > 0 {
		rows := "1 row is"
		if s.inactive > 1 {
			rows = fmt.Sprintf("%d rows are", s.inactive)
		}
		w = append(w, rows+" inactive and read as left; map the word to on leave if it means that.")
	}
	return w
}

// used says whether any date depended on the order.
func (s *seen) used() bool { return s.open.line > 0 || s.day.line > 0 || s.month.line > 0 }

// unstated says of how many rows nothing tells whether they are active.
func unstated(rows int) string {
	if rows == 1 {
		return "1 row has no status; it counts as active."
	}
	return fmt.Sprintf("%d rows have no status; each counts as active.", rows)
}
