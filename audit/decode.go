package audit

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Member names that only this package writes.
const (
	personalName = "$personal"
	blobName     = "$blob"
	requestName  = "$request"
)

var (
	// ErrVersion means that a newer program wrote the entry.
	ErrVersion = errors.New("the entry was made by a newer Rollcall")
	errEntry   = errors.New("the entry is malformed")
)

// Entry is what one row of the record says.
type Entry struct {
	V      int            // version of the entry's form
	Log    string         // id of the log that it was made for
	Seq    int64          // 0-based index in that log
	Time   time.Time      // UTC, whole milliseconds
	Type   string         // e.g. "action.intent"
	Actor  Personal       // who did it
	Tenant string         // tenant id; "" where none is concerned
	Target Personal       // account, person or file; zero: none
	Ticket string         // "" where there is none
	Data   jsontext.Value // the type's own fields as recorded, commitments unopened
}

// raw1 is form1 with commitments unread. Pointers tell what is missing.
type raw1 struct {
	Actor  jsontext.Value `json:"actor"`
	Data   jsontext.Value `json:"data"`
	Log    *string        `json:"log"`
	Seq    *int64         `json:"seq"`
	Target jsontext.Value `json:"target"`
	Tenant *string        `json:"tenant"`
	Ticket *string        `json:"ticket"`
	Time   string         `json:"time"`
	Type   string         `json:"type"`
	V      int            `json:"v"`
}

// decodeEntry reads a body of any version that was ever written. Commitments
// stay closed. It says ErrVersion for a version that it does not know.
func decodeEntry(body []byte) (Entry, error) {
	if len(body) > MaxBody {
		return Entry{}, errEntry
	}
	var f raw1
	if err := json.Unmarshal(body, &f, json.RejectUnknownMembers(true)); err == nil && f.V == 1 {
		return f.entry()
	}
	var head struct {
		V int `json:"v"`
	}
	if json.Unmarshal(body, &head) == nil && head.V > 1 {
		return Entry{}, ErrVersion
	}
	return Entry{}, errEntry
}

func (f raw1) entry() (e Entry, err error) {
	at, err := time.Parse(timeForm, f.Time)
	if err != nil || at.Format(timeForm) != f.Time || f.Log == nil || f.Seq == nil || *f.Seq < 0 ||
		f.Tenant == nil || f.Ticket == nil || f.Data.Kind() != '{' || !typeForm.MatchString(f.Type) {
		return Entry{}, errEntry
	}
	e = Entry{V: f.V, Log: *f.Log, Seq: *f.Seq, Time: at, Type: f.Type, Tenant: *f.Tenant, Ticket: *f.Ticket, Data: f.Data}
	if e.Actor, err = parsePersonal(f.Actor); err != nil {
		return Entry{}, err
	}
	e.Target, err = parsePersonal(f.Target)
	return e, err
}

// parsePersonal reads null or a commitment to a personal value.
func parsePersonal(raw jsontext.Value) (Personal, error) {
	if raw.Kind() == 'n' {
		return Personal{}, nil
	}
	c, rest, ok := cutCommitment(raw)
	if !ok || c.blob || len(rest) > 0 {
		return Personal{}, errEntry
	}
	return Personal{digest: c.digest}, nil
}

// opened looks up what opens a commitment; nil opens nothing.
type opened map[Digest]Opening

// unmarshalers fill Personal and Blob and accept integers that were written as
// strings because of their size.
func unmarshalers(o opened) json.Options {
	return json.WithUnmarshalers(json.JoinUnmarshalers(
		json.UnmarshalFromFunc(o.personal), json.UnmarshalFromFunc(o.blob),
		json.UnmarshalFromFunc(quoted(strconv.Atoi)),
		json.UnmarshalFromFunc(quoted(func(s string) (int64, error) { return strconv.ParseInt(s, 10, 64) })),
		json.UnmarshalFromFunc(quoted(func(s string) (uint64, error) { return strconv.ParseUint(s, 10, 64) })),
		json.UnmarshalFromFunc(quoted(func(s string) (float64, error) { return strconv.ParseFloat(s, 64) })),
	))
}

func quoted[T any](parse func(string) (T, error)) func(*jsontext.Decoder, *T) error {
	return func(dec *jsontext.Decoder, v *T) error {
		if dec.PeekKind() != '"' {
			return errors.ErrUnsupported
		}
		t, err := dec.ReadToken()
		if err != nil {
			return err
		}
		*v, err = parse(t.String())
		return err
	}
}

func (o opened) personal(dec *jsontext.Decoder, p *Personal) error {
	c, err := readCommitment(dec)
	if err != nil || c.blob {
		return errors.Join(err, wrongKind(c.blob))
	}
	*p = o.openPersonal(Personal{digest: c.digest})
	return nil
}

func (o opened) blob(dec *jsontext.Decoder, b *Blob) error {
	c, err := readCommitment(dec)
	if err != nil || (!c.blob && c.digest != Digest{}) {
		return errors.Join(err, wrongKind(!c.blob))
	}
	*b = Blob{digest: c.digest, size: c.size}
	if found, ok := o[c.digest]; ok {
		b.bytes, b.set = found.Value, true
	}
	return nil
}

func wrongKind(wrong bool) error {
	if wrong {
		return errEntry
	}
	return nil
}

func (o opened) openPersonal(p Personal) Personal {
	if found, ok := o[p.digest]; ok && !p.IsZero() {
		text := string(found.Value)
		p.value = &text
	}
	return p
}

// commit is a commitment as it stands in a body. The zero commit is null.
type commit struct {
	digest Digest
	blob   bool
	size   int64
}

func readCommitment(dec *jsontext.Decoder) (commit, error) {
	raw, err := dec.ReadValue()
	if err != nil || raw.Kind() == 'n' {
		return commit{}, err
	}
	c, rest, ok := cutCommitment(raw)
	if !ok || len(rest) > 0 {
		return commit{}, errEntry
	}
	return c, nil
}

// The two forms of a commitment in canonical JSON begin so.
var (
	personalHead = []byte(`{"` + personalName + `":"`)
	blobHead     = []byte(`{"` + blobName + `":"`)
	sizeHead     = []byte(`","size":`)
)

// cutCommitment reads a commitment at the beginning of canonical JSON.
func cutCommitment(b []byte) (c commit, rest []byte, ok bool) {
	if rest, ok = bytes.CutPrefix(b, personalHead); !ok {
		if rest, ok = bytes.CutPrefix(b, blobHead); !ok {
			return c, nil, false
		}
		c.blob = true
	}
	const digits = 2 * len(c.digest)
	if len(rest) < digits || !parseDigest(rest[:digits], &c.digest) {
		return c, nil, false
	}
	rest = rest[digits:]
	if !c.blob {
		rest, ok = bytes.CutPrefix(rest, []byte(`"}`))
		return c, rest, ok
	}
	if rest, ok = bytes.CutPrefix(rest, sizeHead); !ok {
		return c, nil, false
	}
	text, rest, ok := bytes.Cut(rest, []byte("}"))
	size, err := strconv.ParseInt(string(text), 10, 64)
	c.size = size
	return c, rest, ok && err == nil && size >= 0 && size <= MaxBlob && strconv.FormatInt(size, 10) == string(text)
}

// parseDigest reads lower-case hex; all zeros stand for no digest.
func parseDigest(text []byte, d *Digest) bool {
	if len(text) != 2*len(d) || bytes.ContainsAny(text, "ABCDEF") {
		return false
	}
	_, err := hex.Decode(d[:], text)
	return err == nil && *d != Digest{}
}

// commitments lists the commitments of a canonical body in their order. Any
// other use of a reserved name is an error, so that nothing in a body can pose
// as a commitment or hide one.
func commitments(body []byte) (found []commit, err error) {
	err = walk(body, func(_ []byte, c commit) error { found = append(found, c); return nil })
	return found, err
}

// walk goes through canonical JSON and calls each for every commitment, with
// the text between it and the one before. It looks for strings that begin with
// a dollar sign: inside a string a quote is always escaped, so a quote and a
// dollar sign without a backslash in front are where a string begins.
func walk(raw []byte, each func(before []byte, c commit) error) error {
	start := 0
	for at := 0; ; {
		i := bytes.Index(raw[at:], []byte(`"$`))
		if i < 0 {
			return nil
		}
		i += at
		at = i + len(`"$`)
		if i > 0 && raw[i-1] == '\\' {
			continue
		}
		if i > 0 && raw[i-1] == '{' {
			if c, rest, ok := cutCommitment(raw[i-1:]); ok {
				if err := each(raw[start:i-1], c); err != nil {
					return err
				}
				at = len(raw) - len(rest)
				start = at
				continue
			}
		}
		if isReserved(raw[i:]) {
			return errEntry
		}
	}
}

// isReserved says whether the string at the beginning is a member's name other
// than the one that an intent has.
func isReserved(raw []byte) bool {
	for i := 1; i < len(raw); i++ {
		switch raw[i] {
		case '\\':
			i++
		case '"':
			name := string(raw[1:i])
			return i+1 < len(raw) && raw[i+1] == ':' && name != requestName
		}
	}
	return false
}

// canonical says whether the bytes are RFC 8785 canonical JSON.
func canonical(body []byte) bool {
	again := jsontext.Value(bytes.Clone(body))
	return again.Canonicalize() == nil && bytes.Equal(again, body)
}

// checkEntry reads a body that nobody vouches for yet and says why it is not
// the entry of this log at this place.
func checkEntry(body []byte, logID string, seq int64) (Entry, []commit, error) {
	e, err := decodeEntry(body)
	switch {
	case errors.Is(err, ErrVersion):
		return e, nil, damageAt(seq, ReasonVersion)
	case err != nil || !canonical(body):
		return e, nil, damageAt(seq, ReasonEntry)
	case e.Log != logID || e.Seq != seq:
		return e, nil, damageAt(seq, ReasonOrder)
	}
	found, err := commitments(body)
	if err != nil {
		return e, nil, damageAt(seq, ReasonEntry)
	}
	return e, found, nil
}

// checkOpening says whether an opening opens a commitment.
func checkOpening(c commit, o Opening) bool {
	return commitment(o.Salt, o.Value) == c.digest && (!c.blob || int64(len(o.Value)) == c.size)
}

// openEntry is checkEntry followed by opening what can be opened.
func openEntry(r Row, logID string, all opened) (Stored, error) {
	e, found, err := checkEntry(r.Body, logID, r.Seq)
	if err != nil {
		return Stored{}, fmt.Errorf("reading entry %d: %w", r.Seq, err)
	}
	s := Stored{Row: r, Entry: e, Seq: r.Seq, openings: opened{}}
	for _, c := range found {
		o, ok := all[c.digest]
		if !ok {
			s.erased++
			continue
		}
		if !checkOpening(c, o) {
			return Stored{}, damageAt(r.Seq, ReasonOpening)
		}
		s.openings[c.digest] = o
	}
	s.Actor, s.Target = s.openings.openPersonal(e.Actor), s.openings.openPersonal(e.Target)
	return s, nil
}
