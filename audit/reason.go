package audit

import "fmt"

// Reasons why a record, a pack or a checkpoint does not hold. The texts are
// part of the format: docs/record-format.md lists them.
const (
	ReasonNotPack         = "not an evidence pack"
	ReasonContainer       = "container altered"
	ReasonKey             = "no valid verifier key"
	ReasonOtherKey        = "not signed with the given key"
	ReasonReplacedKey     = "given key was replaced"
	ReasonSigner          = "not signed with the record's key"
	ReasonKeyChange       = "change of key does not hold"
	ReasonManifest        = "manifest signature does not hold"
	ReasonManifestForm    = "manifest malformed"
	ReasonPackVersion     = "pack made by a newer version"
	ReasonMember          = "member does not match the manifest"
	ReasonCheckpoint      = "checkpoint signature does not hold"
	ReasonCheckpointForm  = "checkpoint malformed"
	ReasonOtherLog        = "checkpoint of another log"
	ReasonBehind          = "behind checkpoint"
	ReasonFork            = "not consistent with checkpoint"
	ReasonRoot            = "entries do not match the checkpoint"
	ReasonLeafCount       = "leaf hashes do not fit the checkpoint"
	ReasonLeaf            = "entry does not match its leaf hash"
	ReasonMissing         = "entry missing"
	ReasonOrder           = "entry out of place"
	ReasonExtra           = "entry not listed"
	ReasonChosen          = "list of entries malformed"
	ReasonEntry           = "entry malformed"
	ReasonVersion         = "entry made by a newer version"
	ReasonTile            = "tile does not match the entries"
	ReasonTileMissing     = "tile missing"
	ReasonOpening         = "opening does not match its commitment"
	ReasonOpeningForm     = "opening malformed"
	ReasonOpeningUnneeded = "opening without a commitment"
	ReasonTable           = "table does not match the entries"
)

// DamageError says that the record is not what was signed. It is a finding
// about the data, never a failed read.
type DamageError struct {
	FirstBad *int64 // 0-based index of the first bad entry; nil: cannot be placed
	Reason   string // one of the Reason constants
}

func (e *DamageError) Error() string {
	if e.FirstBad == nil {
		return "the record is damaged: " + e.Reason
	}
	return fmt.Sprintf("the record is damaged at entry %d: %s", *e.FirstBad, e.Reason)
}

func damageAt(seq int64, reason string) *DamageError {
	return &DamageError{FirstBad: &seq, Reason: reason}
}
