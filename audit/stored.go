package audit

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// inlineBlob is up to which size OpenedData shows a blob of JSON in full.
const inlineBlob = 16 << 10

// Stored is an entry as it lies in the record, with what opens it.
type Stored struct {
	Row
	Entry
	Seq      int64  // the index; Row and Entry hold the same
	openings opened // of this entry alone, each checked against its commitment
	erased   int    // commitments that nothing opens any more
}

// Erased returns how many of the entry's personal values and blobs are gone.
func (s Stored) Erased() int { return s.erased }

// Decode reads Data into a struct of the entry's type. Personal and Blob fields
// come back opened, or erased. Members that the struct does not name are left out.
func (s Stored) Decode(v any) error {
	if err := json.Unmarshal(s.Data, v, unmarshalers(s.openings)); err != nil {
		return fmt.Errorf("decoding the data of entry %d (%s): %w", s.Seq, s.Type, err)
	}
	return nil
}

// Request returns the request that the entry is the intent of; ok is false
// for other entries and where path or body were erased.
func (s Stored) Request() (q Request, ok bool) {
	var f struct {
		Request *request1 `json:"$request"`
	}
	if s.Decode(&f) != nil || f.Request == nil || f.Request.Path.Erased() {
		return Request{}, false
	}
	body, err := hex.DecodeString(f.Request.Body.Value())
	if err != nil || len(body) != len(q.Body) {
		return Request{}, false
	}
	return Request{f.Request.Origin, f.Request.Method, f.Request.Path.Value(), [32]byte(body)}, true
}

// OpenedData returns Data for people: each commitment is replaced by its value
// or by {"erased":true}. A blob becomes {"size":n}, with a member "json" where it
// is JSON of at most 16 KiB.
func (s Stored) OpenedData() (jsontext.Value, error) { return s.openedData(inlineBlob) }

func (s Stored) openedData(inline int) (jsontext.Value, error) {
	var out []byte
	left := []byte(s.Data)
	err := walk(s.Data, func(before []byte, c commit) error {
		out = append(append(out, before...), s.show(c, inline)...)
		_, left, _ = cutCommitment(left[len(before):])
		return nil
	})
	out = append(out, left...)
	if err != nil || !jsontext.Value(out).IsValid() {
		return nil, fmt.Errorf("opening the data of entry %d: %w", s.Seq, errEntry)
	}
	return out, nil
}

func (s Stored) show(c commit, inline int) jsontext.Value {
	o, ok := s.openings[c.digest]
	size := strconv.FormatInt(c.size, 10)
	switch {
	case !ok && c.blob:
		return jsontext.Value(`{"erased":true,"size":` + size + `}`)
	case !ok:
		return jsontext.Value(`{"erased":true}`)
	case !c.blob:
		// Invalid UTF-8 cannot be appended; a stranger's pack may hold it.
		text, _ := jsontext.AppendQuote(nil, bytes.ToValidUTF8(o.Value, []byte("\uFFFD")))
		return text
	}
	if raw := jsontext.Value(bytes.Clone(o.Value)); len(raw) <= inline && raw.IsValid() && raw.Compact() == nil {
		return jsontext.Value(`{"json":` + string(raw) + `,"size":` + size + `}`)
	}
	return jsontext.Value(`{"size":` + size + `}`)
}
