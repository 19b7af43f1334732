package audit

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/tlog"
)

// How far a record's history is vouched for by something outside of it.
const (
	SelfSigned = "self-signed" // by its own key alone
	Anchored   = "anchored"    // it agrees with an earlier checkpoint that the verifier held
)

// Report is what a verifier found.
type Report struct {
	OK            bool   `json:"ok"`
	LogID         string `json:"logId"`
	Entries       int64  `json:"entries"`  // in the log
	Bodies        int64  `json:"bodies"`   // whose text was there and was checked
	Erased        int64  `json:"erased"`   // personal values and blobs that nothing opens any more
	Proven        int64  `json:"proven"`   // entries under the newest checkpoint that holds
	FirstBad      *int64 `json:"firstBad"` // 0-based index; nil: nothing is bad, or it cannot be placed
	Reason        string `json:"reason,omitempty"`
	Detail        string `json:"detail,omitempty"` // which member, where the reason is about one
	Anchoring     string `json:"anchoring"`
	SignerChecked bool   `json:"signerChecked"`         // the key was given, not taken from the pack
	Fingerprint   string `json:"fingerprint,omitempty"` // of Key

	PackFingerprint string `json:"packFingerprint,omitempty"` // of the key that a pack carries; it proves nothing by itself
	Key             string `json:"key,omitempty"`             // the verifier key that was used

	KeyChanges []KeyChange `json:"keyChanges,omitempty"` // in the order of the log; what they say is proven only where OK

	end *checked // of a live record that is OK: where another check goes on
}

// findings collects what is wrong. The lowest placed finding is reported, else
// the first one.
type findings struct {
	worst  *DamageError
	detail string
}

func (f *findings) add(err *DamageError, detail string) {
	placed := err.FirstBad != nil
	switch {
	case f.worst == nil:
	case f.worst.FirstBad == nil && placed:
	case placed && *err.FirstBad < *f.worst.FirstBad:
	default:
		return
	}
	f.worst, f.detail = err, detail
}

// take adds a finding and returns any other error, which ends the check.
func (f *findings) take(err error, detail string) error {
	var damage *DamageError
	if errors.As(err, &damage) {
		f.add(damage, detail)
		return nil
	}
	return err
}

func (f *findings) into(r *Report) {
	r.OK = f.worst == nil
	if f.worst != nil {
		r.FirstBad, r.Reason, r.Detail = f.worst.FirstBad, f.worst.Reason, f.detail
	}
}

// roots are checkpoints in ascending order that wait for the tree to reach
// their size.
type roots struct {
	want []Checkpoint
	held int64   // the largest size whose root was right
	met  []int64 // the sizes whose root was right, ascending
	bad  bool
}

func (r *roots) sort() {
	slices.SortStableFunc(r.want, func(a, b Checkpoint) int { return cmp.Compare(a.Size, b.Size) })
}

// meet compares the checkpoints of this size with the tree.
func (r *roots) meet(e *edge) {
	for len(r.want) > 0 && r.want[0].Size == e.size {
		if e.root() == tlog.Hash(r.want[0].Root) {
			r.held = e.size
			r.met = append(r.met, e.size)
		} else {
			r.bad = true
		}
		r.want = r.want[1:]
	}
}

// VerifyOptions says what the verifier holds besides the file.
type VerifyOptions struct {
	// Key holds the trusted verifier keys, separated by white space. "" takes
	// the pack's own key, which proves consistency but not who signed.
	Key string
	// Follow says that Key is the key with which the log began, and that the
	// changes which the log itself names are believed: for a reader of a live
	// record who has nobody's word for the newest key.
	Follow bool
	// Checkpoints are earlier ones of the log, kept since then.
	Checkpoints [][]byte
}

// older reads the verifier's own checkpoints. One that is no checkpoint at all
// is an error of the caller; one by another key or log is a finding.
func (o VerifyOptions) older(known keyring, id string, f *findings) ([]Checkpoint, error) {
	var list []Checkpoint
	for i, signed := range o.Checkpoints {
		if _, err := ReadCheckpoint(signed); err != nil {
			return nil, fmt.Errorf("reading earlier checkpoint %d: %w", i+1, err)
		}
		c, err := checkNote(signed, known, id)
		if err := f.take(err, "earlier checkpoint"); err != nil {
			return nil, err
		}
		if err == nil {
			list = append(list, c)
		}
	}
	return list, nil
}
