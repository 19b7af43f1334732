package audit

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/transparency-dev/formats/log"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const originPrefix = "rollcall/"

// Origin is the first line of a log's checkpoints, "rollcall/<log id>".
func Origin(logID string) string { return originPrefix + logID }

// Checkpoint is the text of a signed checkpoint: the log's root at a size.
type Checkpoint struct {
	LogID string
	Size  int64
	Root  [32]byte
}

var (
	errCheckpointForm = errors.New("the checkpoint is malformed")
	errNoteForm       = errors.New("the signed note is malformed")
)

// text is the C2SP tlog-checkpoint body: origin, size, root, without
// extension lines.
func (c Checkpoint) text() string {
	return string(log.Checkpoint{Origin: Origin(c.LogID), Size: uint64(c.Size), Hash: c.Root[:]}.Marshal())
}

func (c Checkpoint) sign(k *Key) ([]byte, error) {
	signed, err := note.Sign(&note.Note{Text: c.text()}, k.signer)
	if err != nil {
		return nil, fmt.Errorf("signing the checkpoint at %d: %w", c.Size, err)
	}
	return signed, nil
}

// parseCheckpoint accepts exactly what text writes and nothing else, so that
// one checkpoint has one form.
func parseCheckpoint(text string) (Checkpoint, error) {
	var raw log.Checkpoint
	rest, err := raw.Unmarshal([]byte(text))
	if err != nil || len(rest) != 0 || len(raw.Hash) != tlog.HashSize || raw.Size > math.MaxInt64 {
		return Checkpoint{}, errCheckpointForm
	}
	id, ok := strings.CutPrefix(raw.Origin, originPrefix)
	c := Checkpoint{LogID: id, Size: int64(raw.Size), Root: [32]byte(raw.Hash)}
	if !ok || !validLogID(id) || c.text() != text {
		return Checkpoint{}, errCheckpointForm
	}
	return c, nil
}

// ReadCheckpoint returns what a checkpoint says without checking who says so.
func ReadCheckpoint(signed []byte) (Checkpoint, error) {
	text, err := noteText(signed)
	if err != nil {
		return Checkpoint{}, err
	}
	return parseCheckpoint(text)
}

// openNote verifies a signed note. It is stricter than [note.Open]: base64 with
// loose trailing bits is refused, since it would let bytes change unnoticed.
func openNote(signed []byte, known note.Verifiers) (string, error) {
	n, err := note.Open(signed, known)
	if err != nil {
		return "", err
	}
	for _, s := range append(n.Sigs, n.UnverifiedSigs...) {
		raw, err := base64.StdEncoding.DecodeString(s.Base64)
		if err != nil || base64.StdEncoding.EncodeToString(raw) != s.Base64 {
			return "", errNoteForm
		}
	}
	return n.Text, nil
}

// noteText returns the text of a note without looking at its signatures.
func noteText(signed []byte) (string, error) {
	i := strings.LastIndex(string(signed), "\n\n")
	if i < 0 {
		return "", errNoteForm
	}
	return string(signed[:i+1]), nil
}

// validLogID keeps ids to what is safe on a line, in a path and in a name.
func validLogID(id string) bool {
	if id == "" || len(id) > 64 {
		return false
	}
	for _, r := range id {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_') {
			return false
		}
	}
	return true
}
