package roster

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"strings"

	"rollcall/app/reconcile"
)

// Limits on one file of members, beside those on rows and values.
const (
	MaxMembers     = 1 << 20 // accounts
	MaxMemberships = 1 << 21 // over all accounts
	MaxFile        = 1 << 29 // bytes
)

// Member is one account as a service without SCIM exports it. Everything but
// ID and UserName may be empty.
type Member struct {
	ID          string // the key column's value; normalised unless that is an id
	UserName    string // else the first address, else the id
	DisplayName string
	ExternalID  string // employee number, or the like
	Emails      []string
	Active      reconcile.Active // unknown where the file does not say
	Groups      []string         // names, sorted; "Column: name" where several columns are mapped
	LastSeen    string           // as in the file
}

// MemberOptions say how to read a file of members. The zero value detects
// everything but groups and last seen, which are read only where they are
// mapped.
type MemberOptions struct {
	// Map gives a field's column: id, username, email, name, first, last,
	// number, status, groups, lastseen. Several columns of e-mail addresses, or
	// of groups, are joined by "|". A field that is mapped to "" is not read.
	Map       map[string]string
	StatusMap map[string]string // the file's text -> active, inactive
	Encoding  string            // "" detects
	Key       string            // the field that must identify accounts; "": the first of id, username, email
}

// MemberSummary is what was found out about a file of members.
type MemberSummary struct {
	Summary
	Key    string // id, username or email: what identifies an account
	Groups bool   // groups were read
	Status bool   // a status was read
}

// members is one file of members being read.
type members struct {
	f       *file
	o       MemberOptions
	status  map[string]reconcile.Active // told by the caller
	asks    reconcile.Active            // what "yes" means in the status column; "": it asks nothing
	sum     MemberSummary
	lines   map[[16]byte]int32 // of each id
	inGroup int                // memberships so far
	unsaid  int                // rows whose status is empty
}

// ReadMembers reads the accounts in r from its start and yields each with its
// line number once the whole file has been checked, as [Read] does for people.
func ReadMembers(ctx context.Context, r io.ReadSeeker, o MemberOptions, yield func(line int, m Member) error) (MemberSummary, error) {
	f, err := open(ctx, r, Options{Encoding: o.Encoding})
	if err != nil {
		return MemberSummary{}, err
	}
	if f.sum.Bytes > MaxFile {
		return MemberSummary{}, &FileError{"The file is larger than 512 MiB.", "Export accounts only, or fewer columns."}
	}
	m := &members{f: f, o: o, lines: map[[16]byte]int32{}}
	if m.status, err = memberStatus(o.StatusMap); err != nil {
		return m.summary(), err
	}
	if err := m.layout(); err != nil {
		return m.summary(), err
	}
	if err := m.survey(); err != nil {
		return m.summary(), err
	}
	return m.summary(), m.yield(yield)
}

func (m *members) summary() MemberSummary {
	m.sum.Summary = m.f.sum
	return m.sum
}

func memberStatus(told map[string]string) (map[string]reconcile.Active, error) {
	out := map[string]reconcile.Active{}
	for text, state := range told {
		switch s := reconcile.Active(reconcile.Normalise(state)); s {
		case reconcile.ActiveTrue, reconcile.ActiveFalse:
			out[statusKey(text)] = s
		default:
			return nil, &FileError{"There is no account status " + quote(state) + ".", "Map " + quote(text) + " to active or inactive."}
		}
	}
	return out, nil
}

// layout finds the columns: those told first, then by header, then by content.
func (m *members) layout() error {
	first, header, err := m.f.top()
	if err != nil {
		return err
	}
	l := &layout{names: names(header), cols: map[string][]int{}}
	m.f.lay = l
	told, err := l.mapped(m.o.Map, memberFields, fEmail, fGroups)
	if err != nil {
		return err
	}
	l.take(memberHeader, told)
	m.f.sum.Warnings = l.byContent(first, told)
	m.f.sum.Used, m.f.sum.Dropped = l.columnsOf(memberFields)
	m.sum.Groups, m.sum.Status = len(l.cols[fGroups]) > 0, len(l.cols[fStatus]) > 0
	if m.sum.Status {
		m.asks = asking[headerWord(l.column(fStatus))]
	} else {
		m.f.sum.Warnings = append(m.f.sum.Warnings, "No column is read as status, so whether an account is active is not known; each counts as active.")
	}
	return m.key()
}

// key settles what identifies an account. It must stay the same from file to
// file: otherwise every account would look gone.
func (m *members) key() error {
	keys := []string{fID, fUserName, fEmail}
	if m.o.Key != "" {
		keys = []string{m.o.Key}
	}
	for _, k := range keys {
		if len(m.f.lay.cols[k]) > 0 {
			m.sum.Key = k
			return nil
		}
	}
	if m.o.Key != "" {
		return &FileError{
			"No column is recognised as " + fieldWords[m.o.Key] + ", by which the accounts of this tenant are known.",
			"Map one with --map " + m.o.Key + "=COLUMN; the file has " + list(m.f.lay.names) + ".",
		}
	}
	return &FileError{
		"No column is recognised as id, user name or e-mail address.",
		"Map one with --map id=COLUMN, --map username=COLUMN or --map email=COLUMN; the file has " + list(m.f.lay.names) + ".",
	}
}

// survey checks the whole file.
func (m *members) survey() error {
	var errs Errors
	h := sha256.New()
	err := m.f.each(h, &errs, func(line int, rec []string) error {
		report := func(column, format string, args ...any) { errs.add(line, column, format, args...) }
		got := m.member(rec, report)
		m.f.sum.Rows++
		m.inGroup += len(got.Groups)
		if m.sum.Status && got.Active == reconcile.ActiveUnknown && statusKey(m.f.lay.value(rec, fStatus)) == "" {
			m.unsaid++
		}
		m.unique(line, got.ID, &errs)
		m.f.ids.add(got.ID)
		if m.f.sum.Rows > MaxMembers || m.inGroup > MaxMemberships {
			return &FileError{fmt.Sprintf("The file holds more than %d accounts or %d memberships.", MaxMembers, MaxMemberships), "Export one tenant only, or do not map groups."}
		}
		return nil
	})
	if m.unsaid > 0 {
		m.f.sum.Warnings = append(m.f.sum.Warnings, unstated(m.unsaid))
	}
	switch {
	case err != nil:
		return err
	case len(errs.Rows) > 0:
		return &errs
	case [32]byte(h.Sum(nil)) != m.f.sum.SHA256:
		return ErrChanged
	}
	return nil
}

func (m *members) unique(line int, id string, errs *Errors) {
	if id == "" {
		return
	}
	sum := sha256.Sum256([]byte(id))
	k := [16]byte(sum[:16])
	if first, ok := m.lines[k]; ok {
		errs.add(line, m.f.lay.column(m.sum.Key), "%s is on line %d already", quote(id), first)
		return
	}
	m.lines[k] = int32(line)
}

// yield reads once more what survey has checked.
func (m *members) yield(yield func(int, Member) error) error {
	h := sha256.New()
	errs := &Errors{}
	err := m.f.each(h, errs, func(line int, rec []string) error {
		got := m.member(rec, func(column, format string, args ...any) { errs.add(line, column, format, args...) })
		if len(errs.Rows) > 0 {
			return ErrChanged
		}
		return yield(line, got)
	})
	if err == nil && (len(errs.Rows) > 0 || [32]byte(h.Sum(nil)) != m.f.sum.SHA256) {
		return ErrChanged
	}
	return err
}

type reporter = func(column, format string, args ...any)

func (m *members) member(rec []string, report reporter) Member {
	l := m.f.lay
	got := Member{
		UserName:    l.value(rec, fUserName),
		DisplayName: l.value(rec, fName),
		ExternalID:  l.value(rec, fNumber),
		LastSeen:    l.value(rec, fLastSeen),
		Emails:      m.f.emails(rec, report),
		Active:      m.active(l.value(rec, fStatus), report),
		Groups:      m.groups(rec, report),
	}
	if got.DisplayName == "" {
		got.DisplayName = strings.TrimSpace(l.value(rec, fFirst) + " " + l.value(rec, fLast))
	}
	got.ID = m.id(rec, report)
	switch {
	case got.UserName != "":
	case len(got.Emails) > 0:
		got.UserName = got.Emails[0]
	default:
		got.UserName = got.ID
	}
	m.bound(got, report)
	return got
}

// maxID are the bytes of what names an account or a group, and of every other
// value that is kept of one: it has to fit into a step of a plan and into the
// record.
const maxID = 1000

// bound reports values that are too long to be kept.
func (m *members) bound(got Member, report reporter) {
	for _, v := range [][2]string{{fUserName, got.UserName}, {fName, got.DisplayName}, {fNumber, got.ExternalID}, {fLastSeen, got.LastSeen}} {
		if len(v[1]) > maxID {
			report(m.f.lay.column(v[0]), "the value is longer than %d bytes", maxID)
		}
	}
	for _, list := range [][]string{got.Emails, got.Groups} {
		for _, v := range list {
			if len(v) > maxID {
				report("", "an address or a group is longer than %d bytes", maxID)
			}
		}
	}
}

// id reads what identifies an account. Names and addresses are the same
// whatever their case; ids are compared exactly.
func (m *members) id(rec []string, report reporter) string {
	id := m.f.lay.value(rec, m.sum.Key)
	column := m.f.lay.column(m.sum.Key)
	if len(id) > maxID {
		report(column, "the value identifies an account and is longer than %d bytes", maxID)
		return ""
	}
	normal := reconcile.Normalise(id)
	if reconcile.IsBlank(normal) {
		report(column, "there is no value, and it is what identifies an account")
		return ""
	}
	if m.sum.Key == fID {
		return id
	}
	return normal
}

// active reads a status. None at all is not known, which counts as active.
func (m *members) active(text string, report reporter) reconcile.Active {
	key := statusKey(text)
	if s, ok := m.status[key]; ok {
		return s
	}
	switch {
	case key == "":
		return reconcile.ActiveUnknown
	case m.asks != "" && yes[key]:
		return m.asks
	case m.asks != "" && no[key]:
		return opposite(m.asks)
	}
	s, ok := activeOf[key]
	if !ok {
		report(m.f.lay.column(fStatus), "the status %s is not known; map it to active or inactive with --status-map", quote(text))
		return reconcile.ActiveUnknown
	}
	return s
}

func opposite(a reconcile.Active) reconcile.Active {
	if a == reconcile.ActiveTrue {
		return reconcile.ActiveFalse
	}
	return reconcile.ActiveTrue
}

const maxGroups = 1000 // of one account

// groups divides the cells of the columns with groups or roles.
func (m *members) groups(rec []string, report reporter) (all []string) {
	cols := m.f.lay.cols[fGroups]
	for _, col := range cols {
		for _, name := range groupNames(rec[col]) {
			if len(cols) > 1 {
				name = m.f.lay.names[col] + ": " + name
			}
			all = append(all, name)
		}
		if len(all) > maxGroups {
			report(m.f.lay.names[col], "there are more than %d groups", maxGroups)
			return nil
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// groupNames divides at semicolons, bars and line breaks; only where there is
// none of them at commas, which a group's name may hold.
func groupNames(cell string) (names []string) {
	at := ";|\r\n"
	if !strings.ContainsAny(cell, at) {
		at = ","
	}
	for _, name := range strings.FieldsFunc(cell, func(r rune) bool { return strings.ContainsRune(at, r) }) {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	return names
}
