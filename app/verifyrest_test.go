package app

import (
	"testing"

	"rollcall/scim/scimtest"
)

// What was recorded since the last check is checked by itself, and tells nobody
// but the state of the record; before the first one everything is.
func TestVerifyRest(t *testing.T) {
	w := newWorld(t)
	w.serve("Acme", scimtest.Options{})
	told := make(chan Ended, 9)
	w.app.OnEnded(func(e Ended) { told <- e })
	for range 3 {
		must(w.app.AllowWrites(t.Context(), "Acme", "a new entry"))(t)
		if st := must(w.app.RecordState(t.Context()))(t); st.VerifiedTo == st.Entries {
			t.Fatalf("an entry is verified before it is checked: %+v", st)
		}
		<-must(w.app.StartVerifyRest())(t)
		st := must(w.app.RecordState(t.Context()))(t)
		whole := must(w.app.VerifyRecord(t.Context()))(t)
		if !st.OK || st.VerifiedTo != st.Entries || st.Signer != whole.Signer || st.Anchored != whole.Anchored || st.Checkpoint != whole.Checkpoint {
			t.Errorf("%+v, and by a check of everything %+v", st, whole)
		}
	}
	if len(told) != 0 {
		t.Errorf("its end was told: %+v", <-told)
	}
}
