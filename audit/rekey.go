package audit

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// TypeRekeyed is the type of the entry that replaces the log's key. It is the
// one type that this package knows: who may sign depends on it.
const TypeRekeyed = "record.rekeyed"

// maxChanges bounds what a hostile pack may make a verifier remember.
const maxChanges = 1000

// KeyChange is an entry of type [TypeRekeyed]. A checkpoint over at most Seq
// entries is signed by From, one over more by To.
type KeyChange struct {
	Seq    int64     `json:"seq"`
	Time   time.Time `json:"time"`
	From   string    `json:"from"`             // verifier key
	To     string    `json:"to"`               // verifier key
	Signed int64     `json:"signed"`           // entries under the last checkpoint of From that the change carries; 0: it carries none
	Reason string    `json:"reason,omitempty"` // "" also where it was erased
	Actor  string    `json:"actor,omitempty"`  // likewise
}

// rekeyed is the data of a change. Note is the newest checkpoint of the old
// key: whoever has nothing but that key sees how far it reached.
type rekeyed struct {
	From   string   `json:"from"`
	Note   string   `json:"note"` // signed note; "": there was none
	Reason Personal `json:"reason"`
	To     string   `json:"to"`
}

// Rekey appends that the log's key, whose verifier key is from, is replaced by
// the one that the log was opened with, and signs a checkpoint over that in the
// same commit: after a crash there are both or neither. Open such a log with
// the verifier keys that it had so far in [Options.Verifier].
func (l *Log) Rekey(ctx context.Context, from string, actor, reason Personal) (Stored, SignedCheckpoint, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.key == nil || from == l.key.Verifier() {
		return Stored{}, SignedCheckpoint{}, errors.New("replacing the key of the record: there is no other key")
	}
	data := rekeyed{From: from, To: l.key.Verifier(), Reason: reason}
	if l.newest.Size >= 0 {
		data.Note = string(l.newest.Note)
	}
	b, stored, err := l.batch(ctx, []Draft{{Type: TypeRekeyed, Actor: actor, Data: data}}, nil)
	if err != nil {
		return Stored{}, SignedCheckpoint{}, err
	}
	if err := l.commit(ctx, b, true); err != nil {
		return Stored{}, SignedCheckpoint{}, err
	}
	return stored[0], l.newest, nil
}

// SignedByOther says that a signed note has no line of this verifier key:
// somebody else signed it. A line that is there is not checked, and what is no
// note at all was signed by nobody.
func SignedByOther(signed []byte, verifierKey string) bool {
	v, err := note.NewVerifier(verifierKey)
	if err != nil {
		return false
	}
	_, err = note.Open(signed, note.VerifierList())
	var unknown *note.UnverifiedNoteError
	return errors.As(err, &unknown) && !slices.ContainsFunc(unknown.Note.UnverifiedSigs, func(s note.Signature) bool {
		return s.Name == v.Name() && s.Hash == v.KeyHash()
	})
}

// keyring says whose signature counts for how much of a log.
type keyring struct {
	given   note.Verifiers // nil: signatures are not checked
	changes []KeyChange    // in the order of the log, each linked to the one before
	keys    []note.Verifiers
}

// at returns who may sign a checkpoint of this size; nil: that is not checked.
func (k keyring) at(size int64) note.Verifiers {
	if k.given == nil || len(k.changes) == 0 {
		return k.given
	}
	i := 0
	for i < len(k.changes) && size > k.changes[i].Seq {
		i++
	}
	return k.keys[i]
}

// now is the newest key that a change names, "" where there was no change.
func (k keyring) now() string {
	if len(k.changes) == 0 {
		return ""
	}
	return k.changes[len(k.changes)-1].To
}

// stranger says what is wrong where none of the given keys is the newest one.
func (k keyring) stranger(given []string) string {
	for _, c := range k.changes {
		if slices.Contains(given, c.From) {
			return ReasonReplacedKey
		}
	}
	return ReasonOtherKey
}

// change takes up an entry of type [TypeRekeyed] and returns the checkpoint of
// the old key that it carries, nil for none, whose root is yet to be compared.
func (k *keyring) change(s Stored) (*Checkpoint, error) {
	bad := damageAt(s.Seq, ReasonKeyChange)
	c, err := ReadKeyChange(s)
	if err != nil || c.From == c.To || len(k.changes) == maxChanges {
		return nil, bad
	}
	from, err := oneVerifier(c.From)
	to, err2 := oneVerifier(c.To)
	first := int64(0)
	if n := len(k.changes); n > 0 {
		first = k.changes[n-1].Seq + 1
	}
	if err != nil || err2 != nil || s.Seq < first || len(k.changes) > 0 && k.now() != c.From {
		return nil, bad
	}
	last, err := lastNote(s, keyring{given: from})
	if err != nil || last != nil && (last.Size > s.Seq || last.Size < first) {
		return nil, bad
	}
	if len(k.keys) == 0 {
		k.keys = append(k.keys, from)
	}
	k.changes, k.keys = append(k.changes, c), append(k.keys, to)
	return last, nil
}

// lastNote opens the checkpoint that a change carries, nil for none.
func lastNote(s Stored, from keyring) (*Checkpoint, error) {
	var d rekeyed
	if err := s.Decode(&d); err != nil || d.Note == "" {
		return nil, err
	}
	c, err := checkNote([]byte(d.Note), from, s.Log)
	return &c, err
}

// oneVerifier reads exactly one verifier key.
func oneVerifier(key string) (note.Verifiers, error) {
	if len(strings.Fields(key)) != 1 {
		return nil, errKeyForm
	}
	return verifiers(key)
}

// ReadKeyChange reads an entry of type [TypeRekeyed] by itself: it says what the
// entry says and checks nothing.
func ReadKeyChange(s Stored) (KeyChange, error) {
	var d rekeyed
	if s.Type != TypeRekeyed {
		return KeyChange{}, errEntry
	}
	if err := s.Decode(&d); err != nil {
		return KeyChange{}, err
	}
	c := KeyChange{Seq: s.Seq, Time: s.Time, From: d.From, To: d.To, Reason: d.Reason.Value(), Actor: s.Actor.Value()}
	if signed, err := ReadCheckpoint([]byte(d.Note)); err == nil {
		c.Signed = signed.Size
	}
	return c, nil
}

// explain adds the words of a change of key, once its openings were read.
func (r *Report) explain(s Stored) {
	if len(r.KeyChanges) == 0 {
		return
	}
	i := slices.IndexFunc(r.KeyChanges, func(c KeyChange) bool { return c.Seq == s.Seq })
	if c, err := ReadKeyChange(s); err == nil && i >= 0 {
		r.KeyChanges[i].Reason, r.KeyChanges[i].Actor = c.Reason, c.Actor
	}
}
