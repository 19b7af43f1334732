package app

import (
	"os"
	"strings"
	"testing"
)

// Whoever reads a record with a program of their own finds each type told.
func TestTypesAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../docs/record-format.md")
	if err != nil {
		t.Fatal(err)
	}
	for name := range projections {
		told := 0
		for line := range strings.Lines(string(text)) {
			if strings.HasPrefix(line, "| `") && strings.Contains(line, "`"+name+"`") {
				told++
			}
		}
		if told != 1 {
			t.Errorf("%s is told in %d lines", name, told)
		}
	}
}
