package audit

import (
	"bytes"
	"crypto/sha256"

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
	ParseNote    = parseManifest
	CheckBody    = func(body []byte) error { _, _, err := checkEntry(body, "testlog", 0); return err }
	DecodeBody   = decodeEntry
	ParseLine    = parseOpening
	OpeningLine  = openingLine
	MaxOpening   = maxOpeningLine
	CommitDigest = commitment
)
