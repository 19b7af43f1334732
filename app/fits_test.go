package app

import (
	"path/filepath"
	"strings"
	"testing"

	"rollcall/audit"
)

// An entry of a type that this program does not know makes the workspace
// read-only: whatever it decides could be what a change would go against.
func TestUnknownEntryIsReadOnly(t *testing.T) {
	w, _ := ready(t)
	err := w.app.mutate(t.Context(), func(wr *writer) error {
		_, err := wr.log.Append(t.Context(), audit.Draft{Type: "protection.of-everything"})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	w.close()
	w.open()
	entries := w.entries()
	if got := w.tenant("Acme"); got.Accounts != 24 || !w.verify().OK {
		t.Errorf("read: %+v", got)
	}
	_, err = w.app.AllowWrites(t.Context(), "Acme", "the pilot is over")
	if kindOf(err) != KindRefused || !strings.Contains(err.Error(), "made by a newer Rollcall") || w.entries() != entries {
		t.Errorf("written: %v, %d entries more", err, w.entries()-entries)
	}
}

// A store that applied another record, or applied this one otherwise, is told of,
// read as it is, and rebuilt by the next writer.
func TestStoreOfAnotherRecordIsRebuilt(t *testing.T) {
	for name, edit := range map[string]string{
		"another log":     `log_id = 'another'`,
		"another version": `projection_version = projection_version + 1`,
		"another leaf":    `leaf = zeroblob(32)`,
		"further on":      `size = size + 1`,
	} {
		t.Run(name, func(t *testing.T) {
			w, _ := ready(t)
			if _, err := w.app.AllowWrites(t.Context(), "Acme", "agreed"); err != nil {
				t.Fatal(err)
			}
			w.close()
			w.alter(`UPDATE applied SET ` + edit)
			w.open()
			if st := w.state(); !st.Stray || w.count(`SELECT count(*) FROM person`) == 0 {
				t.Errorf("before: %+v", st)
			}
			if _, err := w.app.SetSetting(t.Context(), settingStaleAfter, "48h", "agreed"); err != nil {
				t.Fatal(err)
			}
			if st := w.state(); st.Stray || w.count(`SELECT count(*) FROM person`) != 0 || !w.tenant("Acme").Writes {
				t.Errorf("after: %+v, %+v", st, w.tenant("Acme"))
			}
		})
	}
}

// The entry of an export is the last under its checkpoint, and in the pack
// whatever was chosen for it.
func TestPackHoldsItsOwnEntry(t *testing.T) {
	w, _ := ready(t)
	file := filepath.Join(t.TempDir(), "pack.zip")
	info, err := w.app.Export(t.Context(), file, EntryFilter{Type: typeTenantAdded})
	if err != nil {
		t.Fatal(err)
	}
	if info.Bodies != 2 || info.Entries != info.Seq+1 {
		t.Errorf("%+v", info)
	}
	if r, err := Verify(t.Context(), file, info.Key, nil); err != nil || !r.OK || r.Entries != info.Entries || r.Bodies != 2 {
		t.Errorf("%+v, %v", r, err)
	}
}
