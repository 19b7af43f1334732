package db

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"rollcall/audit"
	"rollcall/db/recordq"
)

const (
	recordAppID  = 0x52437263 // "RCrc"
	recordFormat = 1          // of the tables' meaning; entries carry their own version
)

// Connections that read the record at the same time.
const recordReaders = 2

// Entries read at a time: no reader keeps a snapshot while the caller works,
// so a slow one does not keep the journal from being moved into the file.
const rowsAtATime = 256

var (
	recordWriter = []pragma{
		{"synchronous", "2"},          // FULL: on disk when a commit returns
		{"fullfsync", "1"},            // on macOS a plain fsync does not reach the disk
		{"checkpoint_fullfsync", "1"}, //
		{"wal_autocheckpoint", "1000"},
		{"secure_delete", "1"}, // what is erased is overwritten
	}
	recordReader = []pragma{
		{"query_only", "1"},
	}
)

// Record is record.db. It implements [audit.Store].
type Record struct {
	path   string
	w, r   *sql.DB // w is nil where opened for reading
	wq, rq *recordq.Queries
	id     string
	pepper [32]byte
}

var _ audit.Store = (*Record)(nil)

// OpenRecord opens record.db at path. A file that cannot be opened gives a
// [FileError].
//
// A crash while the file is made leaves one that the next open in mode Create
// finishes; until then the other modes say that it is missing.
func OpenRecord(ctx context.Context, path string, mode Mode) (*Record, error) {
	path, err := locate(path, mode)
	if err != nil {
		return nil, err
	}
	r := &Record{path: path}
	if err := r.open(ctx, mode); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

func (r *Record) open(ctx context.Context, mode Mode) (err error) {
	schema := migrations("record")
	if mode != ReadOnly {
		if err := r.openWriter(ctx, mode); err != nil {
			return err
		}
	}
	reading := &connector{path: r.path, appID: recordAppID, mode: ReadOnly, pragmas: recordReader}
	if r.r, err = readPool(ctx, reading, recordReaders); err != nil {
		return err
	}
	if err := upToDate(ctx, r.r, r.path, schema); err != nil {
		return err
	}
	if err := asMade(ctx, r.r, r.path); err != nil {
		return err
	}
	r.rq = recordq.New(r.r)
	return r.readLog(ctx)
}

func (r *Record) openWriter(ctx context.Context, mode Mode) (err error) {
	writing := &connector{path: r.path, appID: recordAppID, mode: mode, pragmas: recordWriter}
	if r.w, err = pool(ctx, writing, 1); err != nil {
		return err
	}
	if err := migrate(ctx, r.w, r.path, recordAppID, migrations("record")); err != nil {
		return err
	}
	r.wq = recordq.New(r.w)
	if mode == Create {
		return r.name(ctx)
	}
	return nil
}

// name gives a new log its id and pepper. The file then takes in its journal,
// so that from here on a file without tables is one that never held an entry.
func (r *Record) name(ctx context.Context) error {
	named := false
	err := inTx(ctx, r.w, func(tx *sql.Tx) error {
		q := r.wq.WithTx(tx)
		size, err := q.Size(ctx)
		if err != nil {
			return err
		}
		if _, err := q.GetLog(ctx); !errors.Is(err, sql.ErrNoRows) || size > 0 {
			return ignoreNoRows(err)
		}
		named = true
		id, pepper := make([]byte, 16), make([]byte, 32)
		rand.Read(id) // never fails
		rand.Read(pepper)
		return q.SetLog(ctx, recordq.SetLogParams{ID: hex.EncodeToString(id), Format: recordFormat, Pepper: pepper})
	})
	if err == nil && named {
		_, err = r.w.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	}
	return fileErr(r.path, "naming the log", err)
}

func ignoreNoRows(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}

func (r *Record) readLog(ctx context.Context) error {
	log, err := r.rq.GetLog(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return r.unnamed(ctx)
	}
	if err != nil {
		return unreadable(r.path, "reading the log's name", err)
	}
	if log.Format > recordFormat {
		return &FileError{Kind: Newer, Path: r.path, Err: fmt.Errorf("format %d, known is %d", log.Format, recordFormat)}
	}
	r.id = log.ID
	r.pepper, err = fixed(r.path, "a pepper", log.Pepper)
	return err
}

// unnamed tells a file that was never finished from one that lost its name.
func (r *Record) unnamed(ctx context.Context) error {
	size, err := r.Size(ctx)
	if err != nil {
		return err
	}
	if size > 0 {
		return &FileError{Kind: Damaged, Path: r.path, Err: errors.New("the log has entries and no name")}
	}
	return &FileError{Kind: Missing, Path: r.path}
}

// Close closes the file. The last to close it moves the journal into it.
func (r *Record) Close() error { return closeAll(r.r, r.w) }

// ID is LogID of a record that is open.
func (r *Record) ID() string { return r.id }

// LogID returns the log's random id: 32 hexadecimal digits.
func (r *Record) LogID(context.Context) (string, error) { return r.id, nil }

// Pepper returns the random key that was made with the log. It never leaves
// this machine; what it keys can be compared inside this workspace only.
func (r *Record) Pepper() [32]byte { return r.pepper }

// Size returns the number of entries.
func (r *Record) Size(ctx context.Context) (int64, error) {
	n, err := r.rq.Size(ctx)
	return n, unreadable(r.path, "reading the size", err)
}

// Rows yields entries from (inclusive) to to (exclusive), in order; it ends
// early at the end of the log, or with the first error of yield. A gap is a
// [FileError] of kind Damaged. yield may use the record.
func (r *Record) Rows(ctx context.Context, from, to int64, yield func(audit.Row) error) error {
	for next := from; next < to; {
		past := min(to, next+rowsAtATime)
		rows, err := r.rq.Entries(ctx, recordq.EntriesParams{First: next, Past: past})
		if err != nil {
			return unreadable(r.path, fmt.Sprintf("reading entries %d to %d", next, past), err)
		}
		for i, row := range rows {
			if row.Seq != next+int64(i) {
				return r.gap(next + int64(i))
			}
			leaf, err := fixed(r.path, "a leaf hash", row.Leaf)
			if err != nil {
				return err
			}
			if err := yield(audit.Row{Seq: row.Seq, Body: row.Body, Leaf: leaf}); err != nil {
				return err
			}
		}
		if next+int64(len(rows)) < past {
			return r.endsAt(ctx, next+int64(len(rows)))
		}
		next = past
	}
	return nil
}

// endsAt tells the end of the log from a hole in it.
func (r *Record) endsAt(ctx context.Context, seq int64) error {
	size, err := r.Size(ctx)
	if err == nil && size > seq {
		_, missing := r.rq.Entries(ctx, recordq.EntriesParams{First: seq, Past: seq + 1})
		err = errors.Join(missing, r.gap(seq))
	}
	return err
}

func (r *Record) gap(seq int64) error {
	return &FileError{Kind: Damaged, Path: r.path, Err: fmt.Errorf("entry %d is missing", seq)}
}

// Openings returns what opens the commitments, in no particular order; erased
// ones are missing.
func (r *Record) Openings(ctx context.Context, digests []audit.Digest) ([]audit.Opening, error) {
	var out []audit.Opening
	for some := range slices.Chunk(digests, rowsAtATime) {
		keys := make([][]byte, len(some))
		for i := range keys {
			keys[i] = some[i][:]
		}
		rows, err := r.rq.Openings(ctx, keys)
		if err != nil {
			return nil, unreadable(r.path, "reading openings", err)
		}
		for _, row := range rows {
			salt, err := fixed(r.path, "a salt", row.Salt)
			if err != nil {
				return nil, err
			}
			digest := audit.Digest(row.Digest) // equal to a key, so of its length
			out = append(out, audit.Opening{Digest: digest, Seq: row.Seq, Salt: salt, Value: row.Value})
		}
	}
	return out, nil
}

// Tile returns the 8,192 bytes of a full tile or [audit.ErrNoTile].
func (r *Record) Tile(ctx context.Context, level int, n int64) ([]byte, error) {
	data, err := r.rq.GetTile(ctx, recordq.GetTileParams{Level: int64(level), N: n})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, audit.ErrNoTile
	}
	return data, unreadable(r.path, "reading a tile", err)
}

// Checkpoints yields the signed notes by size, oldest first. yield may use the
// record.
func (r *Record) Checkpoints(ctx context.Context, yield func(audit.SignedCheckpoint) error) error {
	after := int64(-1)
	for {
		notes, err := r.rq.Checkpoints(ctx, recordq.CheckpointsParams{After: after, Count: rowsAtATime})
		if err != nil {
			return unreadable(r.path, "reading checkpoints", err)
		}
		if len(notes) == 0 {
			return nil
		}
		for _, c := range notes {
			if err := yield(audit.SignedCheckpoint{Size: c.Size, Note: c.Note}); err != nil {
				return err
			}
			after = c.Size
		}
	}
}

// LatestCheckpoint returns the newest signed note; ok is false where there is
// none.
func (r *Record) LatestCheckpoint(ctx context.Context) (c audit.SignedCheckpoint, ok bool, err error) {
	row, err := r.rq.LatestCheckpoint(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return c, false, nil
	}
	if err != nil {
		return c, false, unreadable(r.path, "reading the latest checkpoint", err)
	}
	return audit.SignedCheckpoint{Size: row.Size, Note: row.Note}, true, nil
}

// CheckpointOver returns the oldest signed note that covers the entry with this
// index; ok is false where none does yet.
func (r *Record) CheckpointOver(ctx context.Context, seq int64) (c audit.SignedCheckpoint, ok bool, err error) {
	row, err := r.rq.CheckpointOver(ctx, seq)
	if errors.Is(err, sql.ErrNoRows) {
		return c, false, nil
	}
	if err != nil {
		return c, false, unreadable(r.path, "reading the checkpoint over an entry", err)
	}
	return audit.SignedCheckpoint{Size: row.Size, Note: row.Note}, true, nil
}

// Commit appends b in one transaction, which is on disk when Commit returns
// nil. Where b.From is not the present size, or a checkpoint of b's size is
// there already, it stores nothing and returns [audit.ErrConflict].
func (r *Record) Commit(ctx context.Context, b audit.Batch) error {
	if r.w == nil {
		return ErrReadOnly
	}
	err := inTx(ctx, r.w, func(tx *sql.Tx) error { return appendBatch(ctx, r.wq.WithTx(tx), b) })
	if errors.Is(err, audit.ErrConflict) {
		return err
	}
	return fileErr(r.path, fmt.Sprintf("appending %d entries at %d", len(b.Rows), b.From), err)
}

func appendBatch(ctx context.Context, q *recordq.Queries, b audit.Batch) error {
	size, err := q.Size(ctx)
	if err != nil {
		return err
	}
	if size != b.From {
		return audit.ErrConflict
	}
	for _, row := range b.Rows {
		if err := q.AppendEntry(ctx, recordq.AppendEntryParams{Seq: row.Seq, Body: row.Body, Leaf: row.Leaf[:]}); err != nil {
			return fmt.Errorf("entry %d: %w", row.Seq, err)
		}
	}
	for _, o := range b.Openings {
		if err := q.AppendOpening(ctx, opening(o)); err != nil {
			return fmt.Errorf("opening of entry %d: %w", o.Seq, err)
		}
	}
	for _, t := range b.Tiles {
		if err := q.AppendTile(ctx, recordq.AppendTileParams{Level: int64(t.Level), N: t.N, Data: t.Data}); err != nil {
			return fmt.Errorf("tile %d of level %d: %w", t.N, t.Level, err)
		}
	}
	if b.Checkpoint == nil {
		return nil
	}
	return appendCheckpoint(ctx, q, *b.Checkpoint)
}

// opening never stores NULL: a value of no bytes is a value.
func opening(o audit.Opening) recordq.AppendOpeningParams {
	value := o.Value
	if value == nil {
		value = []byte{}
	}
	return recordq.AppendOpeningParams{Digest: o.Digest[:], Seq: o.Seq, Salt: o.Salt[:], Value: value}
}

func appendCheckpoint(ctx context.Context, q *recordq.Queries, c audit.SignedCheckpoint) error {
	last, err := q.LatestCheckpoint(ctx)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if err == nil && last.Size >= c.Size {
		return audit.ErrConflict
	}
	if err := q.AppendCheckpoint(ctx, recordq.AppendCheckpointParams{Size: c.Size, Note: c.Note}); err != nil {
		return fmt.Errorf("checkpoint of size %d: %w", c.Size, err)
	}
	return nil
}

// Check reads the whole file and returns a [FileError] of kind Damaged where
// it contradicts itself. It says nothing about the tree: that is the
// verifier's work.
func (r *Record) Check(ctx context.Context) error { return check(ctx, r.r, r.path) }
