// Package bounds holds what reads foreign bytes to an amount of memory.
package bounds

import (
	"runtime/metrics"
	"testing"
)

const allocated = "/gc/heap/allocs:bytes"

// Memory runs f and fails where it allocated more than fixed + factor × input
// bytes, all taken together, whether they are still in use or not. So a short
// text that stands for a large value is found: a compressed page, a number of
// many digits, deep nesting.
//
// What other goroutines allocate meanwhile counts as well, and the runtime
// counts small pieces some at a time: fixed is at least 1 MiB.
func Memory(t testing.TB, input int, fixed, factor uint64, f func()) {
	t.Helper()
	before := read()
	f()
	used, limit := read()-before, max(fixed, 1<<20)+factor*uint64(input)
	if used > limit {
		t.Errorf("%d bytes of input took %d bytes of memory; the limit is %d", input, used, limit)
	}
}

func read() uint64 {
	s := []metrics.Sample{{Name: allocated}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}
