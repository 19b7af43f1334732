package app

import (
	"fmt"
	"strings"
	"testing"

	"rollcall/app/secrets"
	"rollcall/audit"
)

// A header of any size fits into the import's entry.
func TestRosterHeaderOfAnySize(t *testing.T) {
	for name, column := range map[string]func(i int) string{
		"many":      func(i int) string { return fmt.Sprintf("Extra column number %d", i) },
		"long":      func(i int) string { return fmt.Sprintf("%d %s", i, strings.Repeat("ä", 100)) },
		"invisible": func(i int) string { return fmt.Sprintf("%d %s", i, strings.Repeat("\x01\\", 100)) },
	} {
		t.Run(name, func(t *testing.T) {
			header, row := "Employee Number,Name,Email,Status,End Date", "1000,Ann,a@corp.example,active,"
			for i := range 1000 {
				header, row = header+","+column(i), row+",x"
			}
			w := newWorld(t)
			r := w.roster(header + "\n" + row + "\n")
			if r.People != 1 || len(r.Dropped) != mostColumnNames+1 || r.Dropped[mostColumnNames] != "and 900 more" {
				t.Fatalf("%d people, %d names of columns, the last %q", r.People, len(r.Dropped), r.Dropped[len(r.Dropped)-1])
			}
			for _, n := range r.Dropped {
				if len(n) > mostColumnBytes+len("…") {
					t.Errorf("a name of %d bytes", len(n))
				}
			}
		})
	}
}

// What the record cannot hold is said in words, not in a chain of causes.
func TestErrorsOfTheRecordAreWorded(t *testing.T) {
	w := newWorld(t)
	w.serve("Acme", acme())
	for name, reason := range map[string]string{"too large": strings.Repeat("x", audit.MaxPersonal+1), "not text": "a\xff"} {
		_, err := w.app.AllowWrites(t.Context(), "Acme", reason)
		e := Explain(err)
		if e == nil || e.Detail != "" || e.Do == "" || strings.Contains(e.Text, "encoding") || !strings.HasSuffix(e.Text, "it was not done.") {
			t.Errorf("%s: %+v", name, e)
		}
	}
	for _, err := range []error{audit.ErrTooLarge, audit.ErrText, audit.ErrData, audit.ErrReadOnly, audit.ErrConflict, secrets.ErrPassphrase, fmt.Errorf("x: %w", secrets.ErrDamaged)} {
		if e := Explain(err); e.Text == "" || e.Do == "" || strings.Contains(e.Text, "did not expect") {
			t.Errorf("%v: %+v", err, e)
		}
	}
	if e := Explain(secrets.ErrPassphrase); !strings.Contains(e.Do, "Set ROLLCALL_PASSPHRASE to this workspace's passphrase") {
		t.Errorf("a wrong passphrase: %s", e.Do)
	}
}
