package app

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"rollcall/scim/scimtest"
)

func TestUnknownEntryType(t *testing.T) {
	for _, tc := range []struct{ typed, want string }{
		{"action.outcom", "Did you mean action.outcome?"},
		{"Action.Outcome", "Did you mean action.outcome?"},
		{"actoin.intent", "Did you mean action.intent?"},
		{"outcomes", "Did you mean action.outcome?"},
		{"run", "Did you mean run.finished or run.started?"},
		{"record.export", "Did you mean record.exported?"},
		{"x\x1b[31m", "The types are "},
		{strings.Repeat("a", 1<<16), "The types are "},
	} {
		err := knownType(tc.typed)
		var e *Error
		if !errors.As(err, &e) || e.Kind != KindUsage || !strings.HasPrefix(e.Do, tc.want) || len(e.Text) > 400 {
			t.Errorf("%.40q: %v, want %q", tc.typed, err, tc.want)
		}
	}
	for _, known := range []string{"", typeOutcome, typeStepDone, typeExported} {
		if err := knownType(known); err != nil {
			t.Errorf("%q: %v", known, err)
		}
	}
}

// A filter that says nothing chooses everything, the first entry included, in a
// list as in a pack.
func TestEmptyEntryFilter(t *testing.T) {
	w := newWorld(t)
	w.serve("Acme", scimtest.Options{})
	seqs := func(f EntryFilter) (all []int64) {
		t.Helper()
		if err := w.app.Entries(t.Context(), f, func(e Entry) error { all = append(all, e.Seq); return nil }); err != nil {
			t.Fatal(err)
		}
		return all
	}
	all := seqs(EntryFilter{})
	if len(all) < 2 || all[0] != 0 || !slices.IsSorted(all) || all[len(all)-1] != int64(len(all)-1) {
		t.Errorf("an empty filter lists %v", all)
	}
	if got := seqs(EntryFilter{First: 1}); !slices.Equal(got, all[1:]) {
		t.Errorf("from entry 1 on: %v", got)
	}
	if got := seqs(EntryFilter{First: 1 << 62}); len(got) != 0 {
		t.Errorf("from far behind the end on: %v", got)
	}
	if got := seqs(EntryFilter{First: -1 << 63}); !slices.Equal(got, all) {
		t.Errorf("from before the beginning on: %v", got)
	}
	info, err := w.app.Export(t.Context(), t.TempDir()+"/all.zip", EntryFilter{})
	if err != nil || info.Bodies != int64(len(all)+1) || info.Entries != info.Bodies {
		t.Errorf("an empty filter exports %d of %d, %v", info.Bodies, info.Entries, err)
	}
}
