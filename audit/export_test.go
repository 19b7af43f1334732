package audit

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Names of the members, for tests that take packs apart.
var PackNames = packNames[:]

// Container puts members together in the one form of a pack.
func Container(contents map[string][]byte) []byte {
	var members []member
	for _, name := range packNames {
		m := newMeter(nil)
		_, _ = m.Write(contents[name])
		members = append(members, m.member(name))
	}
	place(members)
	var out bytes.Buffer
	for _, m := range members {
		out.Write(m.head())
		out.Write(contents[m.name])
	}
	out.Write(tail(members))
	return out.Bytes()
}

// Resign makes manifest and checkpoint fit the contents, as somebody with a
// key of their own can.
func Resign(contents map[string][]byte, k *Key, bodies int64) {
	text, _ := noteText(contents[nameManifest])
	m, _ := parseManifest(text)
	e := &edge{}
	for leaf := range bytesChunks(contents[nameLeaves], tlog.HashSize) {
		e.add(tlog.Hash(leaf))
	}
	m.entries, m.bodies = e.size, bodies
	contents[nameKey] = []byte(k.Verifier() + "\n")
	contents[nameCheckpoint], _ = Checkpoint{LogID: m.logID, Size: e.size, Root: e.root()}.sign(k)
	for i := range m.sums {
		m.sums[i] = sha256.Sum256(contents[packNames[i]])
	}
	contents[nameManifest], _ = m.sign(k)
}

// ResignAs makes the manifest fit the contents, with another format in its title.
func ResignAs(contents map[string][]byte, k *Key, format string) {
	title, _, _ := strings.Cut(string(contents[nameManifest]), "\n")
	SignManifest(contents, k, title, manifestTitle+strings.TrimPrefix(format, "v"))
}

// SignManifest makes the manifest name the contents as they are, with one thing
// in it said otherwise, and leaves the checkpoint alone.
func SignManifest(contents map[string][]byte, k *Key, old, new string) {
	text, _ := noteText(contents[nameManifest])
	lines := strings.Split(text, "\n")
	for i := range len(packNames) - 1 {
		lines[7+i] = fmt.Sprintf("%x  %s", sha256.Sum256(contents[packNames[i]]), packNames[i])
	}
	contents[nameManifest], _ = note.Sign(&note.Note{Text: strings.Replace(strings.Join(lines, "\n"), old, new, 1)}, k.signer)
}

func bytesChunks(b []byte, n int) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for ; len(b) >= n && yield(b[:n]); b = b[n:] {
		}
	}
}

// SignCheckpoint signs any root.
func SignCheckpoint(k *Key, c Checkpoint) []byte {
	signed, _ := c.sign(k)
	return signed
}

// Edge is the right edge, to be compared with other implementations.
type Edge = edge

func (e *edge) Add(leaf [32]byte) []Tile { return e.add(leaf) }
func (e *edge) Root() [32]byte           { return e.root() }

// Internals that tests and fuzzers drive by themselves.
var (
	Cell         = cell
	CellV1       = cellV1
	ParseNote    = parseManifest
	CheckBody    = func(body []byte) error { _, _, err := checkEntry(body, "testlog", 0); return err }
	DecodeBody   = decodeEntry
	ParseLine    = parseOpening
	OpeningLine  = openingLine
	MaxOpening   = maxOpeningLine
	CommitDigest = commitment
)

// OpenCheckpoint returns what a checkpoint says if one of the verifier keys
// (separated by white space) signed it. Signatures by others are allowed.
func OpenCheckpoint(signed []byte, verifierKeys string) (Checkpoint, error) {
	known, err := verifiers(verifierKeys)
	if err != nil {
		return Checkpoint{}, err
	}
	text, err := openNote(signed, known)
	if err != nil {
		return Checkpoint{}, err
	}
	return parseCheckpoint(text)
}
