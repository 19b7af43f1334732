package app

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// A preview says what the import would: that it can be imported, why it waits
// for a person's word, or why it is refused.
func TestPreviewSaysWhatTheImportWould(t *testing.T) {
	other := func(i int) string { return fmt.Sprintf("%d,Other %d,o%d@second.example,active", 5000+i, i, i) }
	few := func(i int) string {
		if i < 3 {
			return other(i)
		}
		return numbered(i)
	}
	for name, r := range map[string]RosterImport{
		"the same people": {File: somePeople(0, 20, numbered)},
		"a few others":    {File: somePeople(0, 20, few)},
		"fewer people":    {File: somePeople(0, 12, numbered)},
		"other people":    {File: somePeople(0, 20, other)},
		"another key":     {File: somePeople(0, 20, numbered), Key: "Email"},
		"another roster":  {File: somePeople(0, 2, other), Source: "contractors"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.roster(somePeople(0, 20, numbered))
			r.File = w.file(r.File)
			before := w.entries()
			p := must(w.app.PreviewRoster(t.Context(), r))(t)
			if w.entries() != before {
				t.Error("a preview is recorded")
			}
			got, err := w.app.ImportRoster(t.Context(), r)
			switch {
			case err != nil:
				if p.Problem == nil || p.Problem.Error() != err.Error() || p.Held != nil {
					t.Errorf("refused: %v, and the preview says %v", err, p.Problem)
				}
			case got.Held:
				if p.Held == nil || *p.Held != got.Problems[0] || p.Problem != nil {
					t.Errorf("held: %+v, and the preview says %+v", got.Problems, p.Held)
				}
			case p.Held != nil || p.Problem != nil:
				t.Errorf("imported, and the preview says %v, %v", p.Held, p.Problem)
			}
		})
	}
}

func TestPreviewOfMembersSaysWhatTheImportWould(t *testing.T) {
	shrunk := func(line string) string {
		if strings.HasPrefix(line, "p1@") || strings.HasPrefix(line, "p2@") {
			return line
		}
		return ""
	}
	for name, change := range map[string]func(string) string{
		"the same accounts": nil,
		"fewer accounts":    shrunk,
		"other accounts":    func(line string) string { return "other-" + line },
	} {
		t.Run(name, func(t *testing.T) {
			w := travel(t)
			f := w.export(memberLines(change), time.Minute)
			p := must(w.app.PreviewMembers(t.Context(), "Travel", f))(t)
			s := must(w.app.ImportFile(t.Context(), "Travel", f))(t)
			if s.Sealed != (p.Held == nil) || p.Problem != nil {
				t.Fatalf("sealed %t, and the preview says %v, %v", s.Sealed, p.Held, p.Problem)
			}
			if p.Held != nil && (p.Held.Code != s.Problems[0].Code || !strings.HasPrefix(s.Problems[0].Text, p.Held.Text)) {
				t.Errorf("%+v, and the preview says %+v", s.Problems, p.Held)
			}
		})
	}
}
