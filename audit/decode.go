package audit

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
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

// decodeEntry reads a body of any version that was ever written. Commitments
// stay closed. It says ErrVersion for a version that it does not know.
func decodeEntry(body []byte) (Entry, error) {
	var head struct {
		V int `json:"v"`
	}
	if len(body) > MaxBody || json.Unmarshal(body, &head) != nil {
		return Entry{}, errEntry
	}
	switch {
	case head.V == 1:
		return decode1(body)
	case head.V > 1:
		return Entry{}, ErrVersion
	}
	return Entry{}, errEntry
}

func decode1(body []byte) (Entry, error) {
	// No JSON text can set these, so one that is left over was missing.
	none := "\xff"
	f := form1{Actor: Personal{value: &none}, Target: Personal{value: &none}, Tenant: none, Ticket: none, Log: none, Seq: -1}
	err := json.Unmarshal(body, &f, json.RejectUnknownMembers(true), unmarshalers(nil))
	if err != nil || f.Data.Kind() != '{' || !typeForm.MatchString(f.Type) || f.Seq < 0 ||
		f.Actor.value != nil || f.Target.value != nil || f.Tenant == none || f.Ticket == none || f.Log == none {
		return Entry{}, errEntry
	}
	at, err := time.Parse(timeForm, f.Time)
	if err != nil || at.Format(timeForm) != f.Time {
		return Entry{}, errEntry
	}
	return Entry{V: f.V, Log: f.Log, Seq: f.Seq, Time: at, Type: f.Type, Actor: f.Actor,
		Tenant: f.Tenant, Target: f.Target, Ticket: f.Ticket, Data: f.Data}, nil
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
	return parseCommitment(raw)
}

// parseCommitment accepts the two exact forms and nothing else.
func parseCommitment(raw jsontext.Value) (commit, error) {
	var f struct {
		Personal *string `json:"$personal"`
		Blob     *string `json:"$blob"`
		Size     *int64  `json:"size"`
	}
	if json.Unmarshal(raw, &f, json.RejectUnknownMembers(true)) != nil {
		return commit{}, errEntry
	}
	switch {
	case f.Personal != nil && f.Blob == nil && f.Size == nil:
		digest, err := parseDigest(*f.Personal)
		return commit{digest: digest}, err
	case f.Personal == nil && f.Blob != nil && f.Size != nil && *f.Size >= 0 && *f.Size <= MaxBlob:
		digest, err := parseDigest(*f.Blob)
		return commit{digest: digest, blob: true, size: *f.Size}, err
	}
	return commit{}, errEntry
}

func parseDigest(text string) (d Digest, err error) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != len(d) || hex.EncodeToString(raw) != text || Digest(raw) == (Digest{}) {
		return Digest{}, errEntry
	}
	return Digest(raw), nil
}

// isCommitment says whether a JSON value is an object that begins with one of
// the reserved names, which in canonical form come first.
func isCommitment(raw jsontext.Value) bool {
	return bytes.HasPrefix(raw, []byte(`{"`+personalName+`":`)) || bytes.HasPrefix(raw, []byte(`{"`+blobName+`":`))
}

// commitments lists the commitments of a canonical body in their order. Any
// other use of a reserved name is an error, so that nothing in a body can pose
// as a commitment or hide one.
func commitments(body []byte) ([]commit, error) {
	if !bytes.Contains(body, []byte(`"$`)) {
		return nil, nil
	}
	var found []commit
	err := walk(body, func(c commit) error { found = append(found, c); return nil }, nil)
	return found, err
}

// walk goes through canonical JSON. It calls each for every commitment and
// copies everything else to enc, which may be nil.
func walk(raw []byte, each func(commit) error, enc *jsontext.Encoder) error {
	dec := jsontext.NewDecoder(bytes.NewReader(raw))
	for {
		if dec.PeekKind() == '{' && isCommitment(raw[offset(dec, raw):]) {
			c, err := readCommitment(dec)
			if err == nil {
				err = each(c)
			}
			if err != nil {
				return err
			}
			continue
		}
		if err := step(dec, enc); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// offset is where the next value begins: behind a comma or a colon.
func offset(dec *jsontext.Decoder, raw []byte) int64 {
	at := dec.InputOffset()
	for at < int64(len(raw)) && (raw[at] == ',' || raw[at] == ':') {
		at++
	}
	return at
}

func step(dec *jsontext.Decoder, enc *jsontext.Encoder) error {
	t, err := dec.ReadToken()
	if err != nil {
		return err
	}
	if t.Kind() == '"' && isName(dec) {
		if s := t.String(); s[:min(1, len(s))] == "$" && s != requestName {
			return errEntry
		}
	}
	if enc == nil {
		return nil
	}
	return enc.WriteToken(t)
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
