package audit

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Limits of an entry. What exceeds them is refused and nothing is appended.
const (
	MaxBody     = 65_535   // bytes of canonical JSON
	MaxPersonal = 65_535   // bytes of one personal value
	MaxBlob     = 16 << 20 // bytes of one blob
	MaxBeside   = 64 << 20 // bytes of everything that lies beside one entry
	maxType     = 64
	maxSafe     = 1<<53 - 1 // the largest integer that every JSON reader keeps
)

// timeForm is RFC 3339 in UTC with exactly three decimals.
const timeForm = "2006-01-02T15:04:05.000Z"

var typeForm = regexp.MustCompile(`^[a-z0-9]+([.-][a-z0-9]+)*$`)

// Errors of a draft that cannot become an entry.
var (
	ErrTooLarge = errors.New("the entry or something in it is too large")
	ErrReserved = errors.New(`names that begin with "$" are reserved: carry foreign JSON as a blob`)
	ErrText     = errors.New("the text is not valid UTF-8: carry it as a blob")
	ErrType     = errors.New("the entry's type is not lower-case words joined by dots and hyphens")
	ErrData     = errors.New("the entry's data is not a JSON object")
)

// form1 is version 1 of an entry. Once released, a version never changes.
type form1 struct {
	Actor  Personal       `json:"actor"`
	Data   jsontext.Value `json:"data"`
	Log    string         `json:"log"`
	Seq    int64          `json:"seq"`
	Target Personal       `json:"target"`
	Tenant string         `json:"tenant"`
	Ticket string         `json:"ticket"`
	Time   string         `json:"time"`
	Type   string         `json:"type"`
	V      int            `json:"v"`
}

// sealer turns one draft into a body; it draws the salts and collects what
// opens the commitments.
type sealer struct {
	random   io.Reader
	seq      int64
	openings []Opening
	beside   int            // bytes of their values
	marks    map[string]int // digests that stand in the entry, and how often
}

// seal returns the canonical body of a draft at its place in the log.
func seal(random io.Reader, logID string, seq int64, at time.Time, d Draft, q *Request) ([]byte, []Opening, error) {
	if len(d.Type) > maxType || !typeForm.MatchString(d.Type) {
		return nil, nil, ErrType
	}
	s := &sealer{random: random, seq: seq, marks: map[string]int{}}
	data, err := s.data(d.Data, q)
	if err != nil {
		return nil, nil, fmt.Errorf("encoding the data of %s: %w", d.Type, err)
	}
	body, err := json.Marshal(form1{V: 1, Log: logID, Seq: seq, Time: at.UTC().Format(timeForm), Type: d.Type,
		Actor: d.Actor, Tenant: d.Tenant, Target: d.Target, Ticket: d.Ticket, Data: data}, s.options())
	if err != nil {
		return nil, nil, fmt.Errorf("encoding %s: %w", d.Type, err)
	}
	if err := (*jsontext.Value)(&body).Canonicalize(); err != nil {
		return nil, nil, fmt.Errorf("encoding %s: %w", d.Type, err)
	}
	if len(body) > MaxBody {
		return nil, nil, fmt.Errorf("encoding %s (%d bytes, at most %d): %w", d.Type, len(body), MaxBody, ErrTooLarge)
	}
	return body, s.openings, nil
}

func (s *sealer) options() json.Options {
	return json.JoinOptions(json.Deterministic(true), json.WithMarshalers(json.JoinMarshalers(
		json.MarshalToFunc(s.personal), json.MarshalToFunc(s.blob))))
}

// data encodes the type's own fields and, for an intent, the request.
func (s *sealer) data(v any, q *Request) (jsontext.Value, error) {
	raw := jsontext.Value("{}")
	if v != nil {
		var err error
		if raw, err = json.Marshal(v, s.options()); err != nil {
			return nil, err
		}
	}
	if raw.Kind() != '{' {
		return nil, ErrData
	}
	raw, err := s.checked(raw)
	if err != nil || q == nil {
		return raw, err
	}
	return s.withRequest(raw, *q)
}

// request1 is how an intent names its request. Path and body digest may tell
// who is meant, so both are commitments.
type request1 struct {
	Origin string   `json:"origin"`
	Method string   `json:"method"`
	Path   Personal `json:"path"`
	Body   Personal `json:"body"` // SHA-256 in hex
}

// withRequest adds the member "$request", a name that no caller can write.
func (s *sealer) withRequest(data jsontext.Value, q Request) (jsontext.Value, error) {
	raw, err := json.Marshal(request1{q.Origin, q.Method, Text(q.Path), Text(hex.EncodeToString(q.Body[:]))}, s.options())
	if err != nil {
		return nil, err
	}
	member := `"` + requestName + `":` + string(raw)
	if len(data) > len("{}") {
		member += ","
	}
	return jsontext.Value("{" + member + string(data[1:])), nil
}

// checked refuses reserved names that this sealer did not write, and turns
// integers into strings where readers with 64-bit floats would round them.
func (s *sealer) checked(raw jsontext.Value) (jsontext.Value, error) {
	var out bytes.Buffer
	c := checker{marks: s.marks, dec: jsontext.NewDecoder(bytes.NewReader(raw)), enc: jsontext.NewEncoder(&out)}
	for _, n := range s.marks {
		c.left += n
	}
	for {
		if err := c.next(); err == io.EOF {
			return bytes.TrimSpace(out.Bytes()), nil
		} else if err != nil {
			return nil, err
		}
	}
}

// checker copies JSON. A caller cannot foretell a fresh digest, so a reserved
// name is ours if its digest is; the count catches a copy of a repeated one.
type checker struct {
	dec   *jsontext.Decoder
	enc   *jsontext.Encoder
	marks map[string]int
	left  int // commitments not met yet
}

func (c *checker) next() error {
	t, err := c.dec.ReadToken()
	if err != nil {
		return err
	}
	switch {
	case t.Kind() == '"' && isName(c.dec) && strings.HasPrefix(t.String(), "$"):
		return c.reserved(t.String())
	case t.Kind() == '0':
		if t, err = safeNumber(t.String()); err != nil {
			return err
		}
	}
	return c.enc.WriteToken(t)
}

func (c *checker) reserved(name string) error {
	v, err := c.dec.ReadValue()
	if err != nil {
		return err
	}
	c.left--
	ours := name == personalName || name == blobName
	if !ours || c.left < 0 || c.marks[strings.Trim(string(v), `"`)] == 0 {
		return ErrReserved
	}
	if err := c.enc.WriteToken(jsontext.String(name)); err != nil {
		return err
	}
	return c.enc.WriteValue(v)
}

// isName says whether the string just read was the name of an object's member.
func isName(dec *jsontext.Decoder) bool {
	kind, n := dec.StackIndex(dec.StackDepth())
	return kind == '{' && n%2 == 1
}

// safeNumber keeps a number that canonical JSON carries exactly and writes any
// other integer as a string. A fraction is a 64-bit float to begin with.
func safeNumber(text string) (jsontext.Token, error) {
	if !strings.ContainsAny(text, ".eE") {
		if n, err := strconv.ParseInt(text, 10, 64); err != nil || n > maxSafe || n < -maxSafe {
			return jsontext.String(text), nil
		}
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return jsontext.Token{}, fmt.Errorf("number %.40s: %w", text, strconv.ErrRange)
	}
	return jsontext.Float(f), nil
}

// personal writes a commitment for a value, repeats that of an erased one, and
// writes null for none.
func (s *sealer) personal(enc *jsontext.Encoder, p Personal) error {
	if p.IsZero() {
		return enc.WriteToken(jsontext.Null)
	}
	digest := p.digest
	if p.value != nil {
		if !utf8.ValidString(*p.value) {
			return ErrText
		}
		if len(*p.value) > MaxPersonal {
			return ErrTooLarge
		}
		var err error
		if digest, err = s.commit([]byte(*p.value)); err != nil {
			return err
		}
	}
	return s.mark(enc, fmt.Sprintf(`{"$personal":"%x"}`, digest), digest)
}

func (s *sealer) blob(enc *jsontext.Encoder, b Blob) error {
	if b.IsZero() {
		return enc.WriteToken(jsontext.Null)
	}
	digest := b.digest
	if b.set {
		if len(b.bytes) > MaxBlob {
			return ErrTooLarge
		}
		var err error
		if digest, err = s.commit(b.bytes); err != nil {
			return err
		}
	}
	return s.mark(enc, fmt.Sprintf(`{"$blob":"%x","size":%d}`, digest, b.size), digest)
}

func (s *sealer) mark(enc *jsontext.Encoder, object string, digest Digest) error {
	s.marks[hex.EncodeToString(digest[:])]++
	return enc.WriteValue(jsontext.Value(object))
}

// commit draws a salt. The same value gets another commitment each time.
func (s *sealer) commit(value []byte) (Digest, error) {
	if s.beside += len(value); s.beside > MaxBeside {
		return Digest{}, ErrTooLarge
	}
	o := Opening{Seq: s.seq, Value: value}
	if _, err := io.ReadFull(s.random, o.Salt[:]); err != nil {
		return Digest{}, fmt.Errorf("drawing a salt: %w", err)
	}
	o.Digest = commitment(o.Salt, value)
	s.openings = append(s.openings, o)
	return o.Digest, nil
}

// commitment is HMAC-SHA256 with the salt as the key.
func commitment(salt [32]byte, value []byte) Digest {
	mac := hmac.New(sha256.New, salt[:])
	mac.Write(value)
	return Digest(mac.Sum(nil))
}
