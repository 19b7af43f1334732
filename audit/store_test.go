package audit_test

import (
	"testing"

	"rollcall/audit"
	"rollcall/audit/audittest"
)

func TestMemoryStore(t *testing.T) {
	stores := map[string]*audittest.Memory{}
	audittest.TestStore(t, func(t *testing.T, dir string) audit.Store {
		if stores[dir] == nil {
			stores[dir] = audittest.NewMemory("test")
		}
		return stores[dir]
	})
}
