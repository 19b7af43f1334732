package arch

import (
	"bytes"
	"go/ast"
	"path/filepath"
	"testing"
)

const (
	maxFile = 700 // lines
	maxFunc = 100
)

// large lists what may be larger, with the reason.
var large = map[string]string{}

func TestSizes(t *testing.T) {
	for _, path := range files(t) {
		switch filepath.Ext(path) {
		case ".templ", ".css", ".sql", ".mjs", ".js", ".sh":
			checkFile(t, path, bytes.Count(read(t, path), []byte("\n")))
		}
	}
	for _, s := range sources(t) {
		if s.gen {
			continue
		}
		checkFile(t, s.path, s.fset.Position(s.file.End()).Line)
		s.funcs(func(f *ast.FuncDecl) {
			name := s.path + " " + f.Name.Name
			lines := s.fset.Position(f.End()).Line - s.fset.Position(f.Pos()).Line + 1
			if lines > maxFunc && large[name] == "" {
				t.Errorf("%s has %d lines, more than %d", name, lines, maxFunc)
			}
		})
	}
}

func checkFile(t *testing.T, path string, lines int) {
	t.Helper()
	if lines > maxFile && large[path] == "" {
		t.Errorf("%s has %d lines, more than %d", path, lines, maxFile)
	}
}
