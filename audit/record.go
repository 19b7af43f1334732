package audit

import (
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/note"
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
	v := recordVerifier{store: s, opts: o, report: Report{Anchoring: SelfSigned}, edge: &edge{}}
	if progress == nil {
		progress = func(done, total int64) {}
	}
	var known note.Verifiers
	if o.Key != "" {
		var err error
		if known, err = verifiers(o.Key); err != nil {
			return Report{}, err
		}
		v.report.SignerChecked, v.report.Key, v.report.Fingerprint = true, o.Key, Fingerprint(o.Key)
	}
	if err := v.begin(ctx, known); err != nil {
		return Report{}, err
	}
	if err := v.entries(ctx, progress); err != nil {
		return Report{}, err
	}
	v.end()
	return v.report, nil
}

type recordVerifier struct {
	store  Store
	opts   VerifyOptions
	report Report
	found  findings
	edge   *edge
	roots  roots
	older  roots // checkpoints that the verifier kept
}

func (v *recordVerifier) begin(ctx context.Context, known note.Verifiers) (err error) {
	if v.report.LogID, err = v.store.LogID(ctx); err != nil {
		return fmt.Errorf("reading the log id: %w", err)
	}
	if v.report.Entries, err = v.store.Size(ctx); err != nil {
		return fmt.Errorf("reading the size: %w", err)
	}
	err = v.store.Checkpoints(ctx, func(c SignedCheckpoint) error { return v.checkpoint(c, known) })
	if err != nil {
		return fmt.Errorf("reading the checkpoints: %w", err)
	}
	kept, err := v.opts.older(known, v.report.LogID, &v.found)
	if err != nil {
		return err
	}
	for _, c := range kept {
		if c.Size > v.report.Entries {
			v.found.add(damageAt(v.report.Entries, ReasonBehind), "earlier checkpoint")
			continue
		}
		v.older.want = append(v.older.want, c)
	}
	v.roots.sort()
	v.older.sort()
	v.meet()
	return nil
}

// meet compares every checkpoint of the tree's present size with it.
func (v *recordVerifier) meet() {
	v.roots.meet(v.edge)
	v.older.meet(v.edge)
}

// checkpoint reads one checkpoint; only 80 bytes of each are kept.
func (v *recordVerifier) checkpoint(signed SignedCheckpoint, known note.Verifiers) error {
	c, err := checkNote(signed.Note, known, v.report.LogID)
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
	for from := int64(0); from < total; {
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
	}
	return nil
}

func (v *recordVerifier) end() {
	v.report.Proven = max(v.roots.held, v.older.held)
	if v.roots.bad {
		v.found.add(&DamageError{Reason: ReasonRoot}, "")
	}
	if v.older.bad {
		v.found.add(&DamageError{Reason: ReasonFork}, "earlier checkpoint")
	} else if v.older.met > 0 && !v.roots.bad {
		v.report.Anchoring = Anchored
	}
	v.found.into(&v.report)
}
