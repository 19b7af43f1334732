package audit

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
)

// maxOpeningLine holds the largest blob in base64, or the largest personal
// value with every byte escaped.
const maxOpeningLine = MaxBlob/3*4 + 1024

var errOpening = errors.New("the opening is malformed")

// writeOpenings writes the lines of openings.jsonl for one entry, in the order
// of its commitments; erased ones have none.
func writeOpenings(w io.Writer, s Stored) error {
	found, err := commitments(s.Body)
	if err != nil {
		return err
	}
	for _, c := range found {
		o, ok := s.openings[c.digest]
		if !ok {
			continue
		}
		if _, err := w.Write(openingLine(s.Seq, c.blob, o)); err != nil {
			return err
		}
	}
	return nil
}

// openingLine is canonical JSON and a line feed. Text stands as text, the bytes
// of a blob in base64.
func openingLine(seq int64, blob bool, o Opening) []byte {
	if blob {
		return fmt.Appendf(nil, `{"blob":"%s","digest":"%x","salt":"%x","seq":%d}`+"\n",
			base64.StdEncoding.EncodeToString(o.Value), o.Digest, o.Salt, seq)
	}
	return fmt.Appendf(nil, `{"digest":"%x","salt":"%x","seq":%d,"text":%s}`+"\n",
		o.Digest, o.Salt, seq, quote(string(o.Value)))
}

// parseOpening accepts exactly what openingLine writes.
func parseOpening(line []byte) (o Opening, blob bool, err error) {
	var f struct {
		Blob   *string `json:"blob"`
		Digest string  `json:"digest"`
		Salt   string  `json:"salt"`
		Seq    int64   `json:"seq"`
		Text   *string `json:"text"`
	}
	if json.Unmarshal(line, &f, json.RejectUnknownMembers(true)) != nil || (f.Blob == nil) == (f.Text == nil) {
		return o, false, errOpening
	}
	salt, err := hex.DecodeString(f.Salt)
	if err != nil || len(salt) != len(o.Salt) || !parseDigest([]byte(f.Digest), &o.Digest) {
		return o, false, errOpening
	}
	o.Seq, o.Salt = f.Seq, [32]byte(salt)
	if f.Text != nil {
		o.Value = []byte(*f.Text)
	} else if o.Value, err = base64.StdEncoding.DecodeString(*f.Blob); err != nil {
		return o, false, errOpening
	}
	blob = f.Blob != nil
	if string(openingLine(f.Seq, blob, o)) != string(line)+"\n" || !utf8.Valid(line) ||
		!blob && len(o.Value) > MaxPersonal || len(o.Value) > MaxBlob {
		return o, false, errOpening
	}
	return o, blob, nil
}
