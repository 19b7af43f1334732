package audit

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// VerifyRecord checks the whole live record: bodies against leaf hashes, leaf
// hashes against tiles, the tree against every checkpoint, each checkpoint's
// signature, each entry's form and place, and what opens the commitments. It
// goes on after a finding, to report the first bad entry. Without a key the
// signatures are skipped; the earlier checkpoints of o must lie in the record.
//
// The error is about reading or about the options; damage is in the report.
func VerifyRecord(ctx context.Context, s Store, o VerifyOptions, progress func(done, total int64)) (Report, error) {
	return VerifyOn(ctx, s, Report{}, o, progress)
}

// VerifyOn goes on from what an earlier check of the same store found to hold:
// the tree that was checked then has to be the one that the tiles tell now, and
// only the entries that came since are read. What lies before them is not read
// again, so that its cost is that of what is new. A report that is not OK, or
// that came over a file, is gone on from by a check of everything.
func VerifyOn(ctx context.Context, s Store, before Report, o VerifyOptions, progress func(done, total int64)) (Report, error) {
	v := recordVerifier{store: s, opts: o, report: Report{Anchoring: SelfSigned}, edge: &edge{}}
	if progress == nil {
		progress = func(done, total int64) {}
	}
	if o.Key != "" {
		var err error
		if v.keys.given, err = verifiers(o.Key); err != nil {
			return Report{}, err
		}
		v.report.SignerChecked, v.report.Key, v.report.Fingerprint = true, o.Key, Fingerprint(o.Key)
	}
	if err := v.resume(ctx, before); err != nil {
		return Report{}, err
	}
	if err := v.begin(ctx); err != nil {
		return Report{}, err
	}
	if err := v.entries(ctx, progress); err != nil {
		return Report{}, err
	}
	if err := v.signatures(ctx); err != nil {
		return Report{}, err
	}
	v.end()
	return v.report, nil
}

// checked is where a check that found nothing wrong ended.
type checked struct {
	root tlog.Hash
	keys keyring
}

type recordVerifier struct {
	store  Store
	from   int64 // entries that were checked before
	opts   VerifyOptions
	report Report
	found  findings
	edge   *edge
	roots  roots
	older  roots // checkpoints that the verifier kept
	keys   keyring
}

// resume takes up what was checked before.
func (v *recordVerifier) resume(ctx context.Context, before Report) error {
	if !before.OK || before.end == nil {
		return nil
	}
	e, err := loadEdge(ctx, v.store, before.Entries)
	if err := v.found.take(err, ""); err != nil {
		return err
	}
	if err != nil {
		return nil // everything is checked, which places what is wrong
	}
	if e.root() != before.end.root {
		v.found.add(&DamageError{Reason: ReasonFork}, "earlier check")
		return nil
	}
	v.from, v.edge = before.Entries, e
	v.keys.changes, v.keys.keys = slices.Clone(before.end.keys.changes), slices.Clone(before.end.keys.keys)
	v.report.Bodies, v.report.Erased, v.report.Proven = before.Bodies, before.Erased, before.Proven
	v.report.KeyChanges = slices.Clone(before.KeyChanges)
	return nil
}

func (v *recordVerifier) begin(ctx context.Context) (err error) {
	if v.report.LogID, err = v.store.LogID(ctx); err != nil {
		return fmt.Errorf("reading the log id: %w", err)
	}
	if v.report.Entries, err = v.store.Size(ctx); err != nil {
		return fmt.Errorf("reading the size: %w", err)
	}
	err = v.store.Checkpoints(ctx, v.checkpoint)
	if err != nil {
		return fmt.Errorf("reading the checkpoints: %w", err)
	}
	kept, err := v.opts.older(keyring{}, v.report.LogID, &v.found)
	if err != nil {
		return err
	}
	for _, c := range kept {
		if c.Size > v.report.Entries {
			v.found.add(damageAt(v.report.Entries, ReasonBehind), "earlier checkpoint")
			continue
		}
		if c.Size < v.from {
			if err := v.meetBehind(ctx, c); err != nil {
				return err
			}
			continue
		}
		v.older.want = append(v.older.want, c)
	}
	v.roots.sort()
	v.older.sort()
	v.meet()
	return nil
}

// meetBehind compares a checkpoint that the verifier kept with the part of the
// tree that was checked before.
func (v *recordVerifier) meetBehind(ctx context.Context, c Checkpoint) error {
	e, err := loadEdge(ctx, v.store, c.Size)
	if err != nil {
		return v.found.take(err, "earlier checkpoint")
	}
	if e.root() != tlog.Hash(c.Root) {
		v.older.bad = true
		return nil
	}
	v.older.met, v.older.held = append(v.older.met, c.Size), max(v.older.held, c.Size)
	return nil
}

// meet compares every checkpoint of the tree's present size with it.
func (v *recordVerifier) meet() {
	v.roots.meet(v.edge)
	v.older.meet(v.edge)
}

// checkpoint reads one checkpoint; only 80 bytes of each are kept. Who signed it
// is looked at in the end, when it is known which keys the log had.
func (v *recordVerifier) checkpoint(signed SignedCheckpoint) error {
	if signed.Size < v.from {
		return nil
	}
	c, err := checkNote(signed.Note, keyring{}, v.report.LogID)
	if err != nil && v.keys.given != nil {
		return nil
	}
	if err != nil {
		return v.found.take(err, fmt.Sprintf("checkpoint at %d", signed.Size))
	}
	if c.Size > v.report.Entries {
		v.found.add(damageAt(v.report.Entries, ReasonBehind), fmt.Sprintf("checkpoint at %d", c.Size))
		return nil
	}
	v.roots.want = append(v.roots.want, c)
	return nil
}

func (v *recordVerifier) entries(ctx context.Context, progress func(done, total int64)) error {
	total := v.report.Entries
	for from := v.from; from < total; {
		rows, err := readChunk(ctx, v.store, from, total)
		if err := v.found.take(err, ""); err != nil {
			return err
		}
		if err != nil {
			return nil // a hole: nothing behind it can be placed in the tree
		}
		if err := v.tree(ctx, rows); err != nil {
			return err
		}
		if err := v.contents(ctx, rows); err != nil {
			return err
		}
		from += int64(len(rows))
		progress(from, total)
	}
	return nil
}

// tree hashes bodies to leaves, tiles and roots.
func (v *recordVerifier) tree(ctx context.Context, rows []Row) error {
	for _, r := range rows {
		leaf := tlog.RecordHash(r.Body)
		if leaf != tlog.Hash(r.Leaf) {
			v.found.add(damageAt(r.Seq, ReasonLeaf), "")
		}
		// The tree goes on with what the store holds, so that one bad body
		// does not hide what else is wrong.
		for _, t := range v.edge.add(r.Leaf) {
			if err := v.tile(ctx, t); err != nil {
				return err
			}
		}
		v.meet()
	}
	return nil
}

// tile compares a full tile with the stored one and places the difference.
func (v *recordVerifier) tile(ctx context.Context, t Tile) error {
	data, err := readTile(ctx, v.store, t.Level, t.N)
	if err != nil {
		return v.found.take(err, fmt.Sprintf("tile %d of level %d", t.N, t.Level))
	}
	for i := range tileWidth {
		at := i * tlog.HashSize
		if string(data[at:at+tlog.HashSize]) != string(t.Data[at:at+tlog.HashSize]) {
			seq := (t.N*tileWidth + int64(i)) << (tileHeight * t.Level)
			v.found.add(damageAt(seq, ReasonTile), fmt.Sprintf("tile %d of level %d", t.N, t.Level))
			return nil
		}
	}
	return nil
}

// contents checks what the entries say and what opens them.
func (v *recordVerifier) contents(ctx context.Context, rows []Row) error {
	all, err := openings(ctx, v.store, rows)
	if err != nil {
		return err
	}
	for _, r := range rows {
		s, err := openEntry(r, v.report.LogID, all)
		if err := v.found.take(err, ""); err != nil {
			return err
		}
		v.report.Bodies++
		v.report.Erased += int64(s.erased)
		if s.Type == TypeRekeyed {
			if err := v.found.take(v.change(ctx, s), "record"); err != nil {
				return err
			}
		}
	}
	return nil
}

// change takes up a change of key, and holds the last checkpoint of the old one
// against the tree.
func (v *recordVerifier) change(ctx context.Context, s Stored) error {
	c, err := v.keys.change(s)
	if err != nil {
		return err
	}
	v.report.KeyChanges = append(v.report.KeyChanges, v.keys.changes[len(v.keys.changes)-1])
	if c == nil {
		return nil
	}
	e, err := loadEdge(ctx, v.store, c.Size)
	if err == nil && e.root() != tlog.Hash(c.Root) {
		return damageAt(s.Seq, ReasonKeyChange)
	}
	return err
}

// signatures checks who signed the checkpoints of the record and those that
// the verifier kept.
func (v *recordVerifier) signatures(ctx context.Context) error {
	if v.keys.given == nil {
		v.report.Proven = max(v.report.Proven, v.roots.held, v.older.held)
		return nil
	}
	v.settleKey()
	check := func(signed []byte, detail string) error {
		c, err := checkNote(signed, v.keys, v.report.LogID)
		if err != nil {
			return v.found.take(err, detail)
		}
		if slices.Contains(v.older.met, c.Size) || holds(v.roots.met, c.Size) {
			v.report.Proven = max(v.report.Proven, c.Size)
		}
		return nil
	}
	for _, signed := range v.opts.Checkpoints {
		if err := check(signed, "earlier checkpoint"); err != nil {
			return err
		}
	}
	err := v.store.Checkpoints(ctx, func(c SignedCheckpoint) error {
		if c.Size > v.report.Entries || c.Size < v.from {
			return nil // it came since, or begin found it; or it was checked before
		}
		return check(c.Note, fmt.Sprintf("checkpoint at %d", c.Size))
	})
	if err != nil {
		return fmt.Errorf("reading the checkpoints: %w", err)
	}
	return nil
}

func holds(ascending []int64, size int64) bool {
	_, ok := slices.BinarySearch(ascending, size)
	return ok
}

// settleKey says which key the record has now, and whether it is the given one.
func (v *recordVerifier) settleKey() {
	now := v.keys.now()
	given := strings.Fields(v.opts.Key)
	switch {
	case now == "":
		return
	case v.opts.Follow && slices.Contains(given, v.keys.changes[0].From), slices.Contains(given, now):
		v.report.Key, v.report.Fingerprint = now, Fingerprint(now)
	default:
		v.found.add(&DamageError{Reason: v.keys.stranger(given)}, "")
	}
}

func (v *recordVerifier) end() {
	if v.roots.bad {
		v.found.add(&DamageError{Reason: ReasonRoot}, "")
	}
	if v.older.bad {
		v.found.add(&DamageError{Reason: ReasonFork}, "earlier checkpoint")
	} else if len(v.older.met) > 0 && !v.roots.bad {
		v.report.Anchoring = Anchored
	}
	v.found.into(&v.report)
	if v.report.OK {
		v.report.end = &checked{v.edge.root(), v.keys}
	}
}
