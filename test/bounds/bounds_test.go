package bounds_test

import (
	"testing"

	"rollcall/test/bounds"
)

// stay keeps what is allocated from being left out by the compiler.
var stay []byte

// heard is a test that notes its failure instead of failing.
type heard struct {
	testing.TB
	failed bool
}

func (h *heard) Helper()               {}
func (h *heard) Errorf(string, ...any) { h.failed = true }

func TestMemory(t *testing.T) {
	for _, tc := range []struct {
		name               string
		input              int
		fixed, factor, use uint64
		want               bool
	}{
		{"little", 10, 2 << 20, 1, 1 << 20, false},
		{"too much for any input", 10, 2 << 20, 1, 8 << 20, true},
		{"much, and the input is large", 4 << 20, 2 << 20, 2, 8 << 20, false},
		{"the least that is fixed", 0, 0, 0, 1 << 10, false},
	} {
		h := &heard{TB: t}
		bounds.Memory(h, tc.input, tc.fixed, tc.factor, func() { stay = make([]byte, tc.use) })
		if h.failed != tc.want {
			t.Errorf("%s: failed %v, want %v", tc.name, h.failed, tc.want)
		}
	}
}
