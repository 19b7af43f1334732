package audit

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/mod/sumdb/note"
)

const (
	manifestTitle = "rollcall evidence pack v" // and the format
	maxSmall      = 64 << 10                   // bytes of each member that is read at once
	maxLabel      = 8 << 10                    // bytes of program and filter
)

var (
	errManifest  = errors.New("the manifest is malformed")
	errNewerPack = errors.New("the pack was made by a newer version")
)

// manifest is the text that the pack's signature covers. It names every other
// member by its SHA-256.
type manifest struct {
	format  int // packV1 or packV2
	logID   string
	entries int64
	bodies  int64
	made    time.Time
	program string
	filter  string
	sums    [len(packNames) - 1][32]byte // in the order of packNames
}

// text writes the one form of the manifest. Its first two lines cannot be those
// of a checkpoint, so that neither can be taken for the other.
func (m manifest) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s%d\nlog %s\nentries %d\nbodies %d\nmade %s\nprogram %s\nfilter %s\n", manifestTitle, m.format,
		m.logID, m.entries, m.bodies, m.made.UTC().Format(timeForm), quote(m.program), quote(m.filter))
	for i, sum := range m.sums {
		fmt.Fprintf(&b, "%x  %s\n", sum, packNames[i])
	}
	return b.String()
}

// quote writes a JSON string, which has no line breaks.
func quote(s string) []byte {
	q, _ := jsontext.AppendQuote(nil, strings.ToValidUTF8(s, "\uFFFD"))
	return q
}

func (m manifest) sign(k *Key) ([]byte, error) {
	if len(m.program) > maxLabel || len(m.filter) > maxLabel {
		return nil, errors.New("signing the manifest: the program's name or the filter's description is too long")
	}
	signed, err := note.Sign(&note.Note{Text: m.text()}, k.signer)
	if err != nil {
		return nil, fmt.Errorf("signing the manifest: %w", err)
	}
	return signed, nil
}

// parseManifest accepts exactly what text writes.
func parseManifest(text string) (m manifest, err error) {
	lines := strings.Split(text, "\n")
	if m.format, err = packFormat(lines[0]); err != nil {
		return m, err
	}
	if len(lines) != 7+len(m.sums)+1 {
		return m, errManifest
	}
	var failed error
	field := func(i int, name string) string {
		value, ok := strings.CutPrefix(lines[i], name+" ")
		if !ok {
			failed = errManifest
		}
		return value
	}
	m.logID = field(1, "log")
	var errs [5]error
	m.entries, errs[0] = strconv.ParseInt(field(2, "entries"), 10, 64)
	m.bodies, errs[1] = strconv.ParseInt(field(3, "bodies"), 10, 64)
	m.made, errs[2] = time.Parse(timeForm, field(4, "made"))
	errs[3] = json.Unmarshal([]byte(field(5, "program")), &m.program)
	errs[4] = json.Unmarshal([]byte(field(6, "filter")), &m.filter)
	for i := range m.sums {
		sum, err := hex.DecodeString(strings.TrimSuffix(lines[7+i], "  "+packNames[i]))
		if err != nil || len(sum) != len(m.sums[i]) {
			return manifest{}, errManifest
		}
		m.sums[i] = [32]byte(sum)
	}
	if err := errors.Join(append(errs[:], failed)...); err != nil || m.text() != text {
		return manifest{}, errManifest
	}
	return m, nil
}

// packFormat reads the first line. A format that is not known is not guessed.
func packFormat(title string) (int, error) {
	number, ok := strings.CutPrefix(title, manifestTitle)
	format, err := strconv.ParseUint(number, 10, 31)
	switch {
	case !ok || err != nil || format < packV1 || strconv.FormatUint(format, 10) != number:
		return 0, errManifest
	case format > packV2:
		return 0, errNewerPack
	}
	return int(format), nil
}

// openManifest verifies the signature. There must be exactly one signature line
// in its one form: a second one would be bytes that nothing vouches for.
func openManifest(signed []byte, known note.Verifiers) error {
	text, err := openNote(signed, known)
	if err != nil {
		return err
	}
	if strings.Count(string(signed[len(text):]), "\n") != 2 {
		return errNoteForm
	}
	return nil
}
