package db

import (
	"database/sql"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"rollcall/audit"
)

// The benchmarks put the operation and its floor into the same run, in turn,
// so that a busy machine slows both: trust the ratios more than the times.
//
//	go test -run '^$' -bench . ./db

// pace adds up the time of two alternating operations.
type pace struct{ op, floor time.Duration }

func (p *pace) measure(b *testing.B, sum *time.Duration, f func() error) {
	b.Helper()
	start := time.Now()
	if err := f(); err != nil {
		b.Fatal(err)
	}
	*sum += time.Since(start)
}

func (p *pace) report(b *testing.B, floor string, perOp int) {
	b.ReportMetric(float64(p.op)/float64(p.floor), "x-"+floor)
	b.ReportMetric(float64(p.op.Nanoseconds())/float64(b.N*perOp), "ns/entry")
	b.ReportMetric(float64(p.floor.Nanoseconds())/float64(b.N*perOp), "ns/"+floor)
	b.ReportMetric(0, "ns/op") // both together: says nothing
}

// BenchmarkDurableAppend is one entry with one opening, on disk, against the
// least that a durable write costs here: 4 KiB overwritten and flushed.
func BenchmarkDurableAppend(b *testing.B) {
	r := newRecord(b)
	f, err := os.Create(filepath.Join(filepath.Dir(r.path), "raw"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	page := make([]byte, 4096)
	raw := func() error {
		if _, err := f.WriteAt(page, 0); err != nil {
			return err
		}
		return flush(f)
	}
	var p pace
	seq := int64(0)
	for b.Loop() {
		batch := batchAt(seq, 1)
		p.measure(b, &p.op, func() error { return r.Commit(b.Context(), batch) })
		p.measure(b, &p.floor, raw)
		seq++
	}
	p.report(b, "raw-flush", 1)
}

// BenchmarkTree is the record with its tree against the same entries, tables,
// triggers and indexes without one: leaf and node hashes and tiles.
func BenchmarkTree(b *testing.B) {
	for _, group := range []int{1, 100} {
		b.Run(fmt.Sprintf("group=%d", group), func(b *testing.B) {
			ctx := b.Context()
			treed, plain := newRecord(b), newRecord(b)
			var grow tree
			var p pace
			seq := int64(0)
			for b.Loop() {
				batch := batchAt(seq, group)
				bare := batch
				p.measure(b, &p.op, func() error {
					if err := grow.add(&batch); err != nil {
						return err
					}
					return treed.Commit(ctx, batch)
				})
				p.measure(b, &p.floor, func() error { return plain.Commit(ctx, bare) })
				seq += int64(group)
			}
			p.report(b, "plain", group)
		})
	}
}

// tree keeps its hashes in memory; it costs somewhat more than the right edge
// alone, which is all that the log keeps.
type tree struct{ hashes, leaves []tlog.Hash }

// ReadHashes implements [tlog.HashReader].
func (t *tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, n := range indexes {
		out[i] = t.hashes[n]
	}
	return out, nil
}

func (t *tree) add(batch *audit.Batch) error {
	for _, row := range batch.Rows {
		leaf := tlog.RecordHash(row.Body)
		more, err := tlog.StoredHashesForRecordHash(row.Seq, leaf, t)
		if err != nil {
			return err
		}
		t.hashes = append(t.hashes, more...)
		if t.leaves = append(t.leaves, leaf); len(t.leaves) < 256 {
			continue
		}
		tile := audit.Tile{N: row.Seq / 256}
		for _, h := range t.leaves {
			tile.Data = append(tile.Data, h[:]...)
		}
		batch.Tiles, t.leaves = append(batch.Tiles, tile), t.leaves[:0]
	}
	return nil
}

// BenchmarkLog is the whole way of a draft into the record, encoding and
// salting included, against storing what came of it.
func BenchmarkLog(b *testing.B) {
	for _, group := range []int{1, 100} {
		b.Run(fmt.Sprintf("group=%d", group), func(b *testing.B) { benchLog(b, group) })
	}
}

func benchLog(b *testing.B, group int) {
	ctx := b.Context()
	whole, plain := newRecord(b), newRecord(b)
	key, err := audit.NewKey(audit.Origin(whole.id))
	if err != nil {
		b.Fatal(err)
	}
	log, err := audit.Open(ctx, whole, key, audit.Options{})
	if err != nil {
		b.Fatal(err)
	}
	drafts := make([]audit.Draft, group)
	for i := range drafts {
		drafts[i] = audit.Draft{Type: "bench.entry", Actor: audit.Text("someone@example.com"), Ticket: "HD-1",
			Data: map[string]string{"text": strings.Repeat("x", 150)}}
	}
	var p pace
	for b.Loop() {
		from := log.Size()
		p.measure(b, &p.op, func() error {
			_, err := log.AppendAll(ctx, drafts)
			return err
		})
		batch := readBack(b, whole, from)
		p.measure(b, &p.floor, func() error { return plain.Commit(ctx, batch) })
	}
	p.report(b, "plain", group)
}

// readBack returns the entries from from on as a batch without tiles.
func readBack(b *testing.B, r *Record, from int64) audit.Batch {
	b.Helper()
	batch := audit.Batch{From: from}
	if err := r.Rows(b.Context(), from, 1<<62, func(row audit.Row) error {
		batch.Rows = append(batch.Rows, row)
		batch.Openings = append(batch.Openings, openingAt(row.Seq))
		return nil
	}); err != nil {
		b.Fatal(err)
	}
	return batch
}

// BenchmarkGuards is a group of 100 with triggers and checks against bare
// tables of the same columns.
func BenchmarkGuards(b *testing.B) {
	r, bare := newRecord(b), bareTables(b)
	var p pace
	seq := int64(0)
	for b.Loop() {
		batch := batchAt(seq, 100)
		p.measure(b, &p.op, func() error { return r.Commit(b.Context(), batch) })
		p.measure(b, &p.floor, func() error { return bareAppend(b, bare, batch) })
		seq += 100
	}
	p.report(b, "bare", 100)
}

func bareTables(b *testing.B) *sql.DB {
	b.Helper()
	path := filepath.Join(b.TempDir(), "bare.db")
	if err := makeFile(path); err != nil {
		b.Fatal(err)
	}
	db, err := pool(b.Context(), &connector{path: path, appID: testAppID, mode: Create, pragmas: recordWriter}, 1)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	if _, err := db.Exec(`CREATE TABLE e (seq INTEGER PRIMARY KEY, body BLOB, leaf BLOB);
		CREATE TABLE o (digest BLOB UNIQUE, seq INTEGER, salt BLOB, value BLOB)`); err != nil {
		b.Fatal(err)
	}
	return db
}

func bareAppend(b *testing.B, db *sql.DB, batch audit.Batch) error {
	return inTx(b.Context(), db, func(tx *sql.Tx) error {
		e, err := tx.Prepare("INSERT INTO e VALUES (?, ?, ?)")
		if err != nil {
			return err
		}
		o, err := tx.Prepare("INSERT INTO o VALUES (?, ?, ?, ?)")
		if err != nil {
			return err
		}
		for i, row := range batch.Rows {
			if _, err := e.Exec(row.Seq, row.Body, row.Leaf[:]); err != nil {
				return err
			}
			op := batch.Openings[i]
			if _, err := o.Exec(op.Digest[:], op.Seq, op.Salt[:], op.Value); err != nil {
				return err
			}
		}
		return nil
	})
}

// BenchmarkRead is the reading of entries for a verification.
func BenchmarkRead(b *testing.B) {
	r := newRecord(b)
	const n = 20_000
	for from := int64(0); from < n; from += 1000 {
		mustCommit(b, r, batchAt(from, 1000))
	}
	for b.Loop() {
		if err := r.Rows(b.Context(), 0, n, func(audit.Row) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/entry")
}

// BenchmarkStatement is a page of findings by a statement that is kept, against
// the same by one that is parsed.
func BenchmarkStatement(b *testing.B) {
	s := newStore(b)
	page := func(comment string) error {
		var n int
		return s.r.QueryRowContext(b.Context(), `SELECT count(*) FROM (SELECT * FROM finding_shown
			WHERE rank = ? AND tenant_name = ? AND (sort_key, id) > (?, ?) ORDER BY sort_key, id LIMIT ?)`+comment,
			0, "Acme", "", "", 100).Scan(&n)
	}
	var p pace
	for n := 0; b.Loop(); n++ {
		p.measure(b, &p.op, func() error { return page("") })
		p.measure(b, &p.floor, func() error { return page(fmt.Sprint(" -- ", n)) })
	}
	p.report(b, "parsed", 1)
}

// BenchmarkNewStore makes a store by its script, against making it by each of
// its migrations.
func BenchmarkNewStore(b *testing.B) {
	files := migrations("store")
	var p pace
	made := func(files fs.FS) func() error {
		path := filepath.Join(b.TempDir(), "store.db")
		db, err := openForMigration(path)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { db.Close() })
		return func() error { return migrate(b.Context(), db, path, testAppID, files) }
	}
	for b.Loop() {
		p.measure(b, &p.op, made(files))
		p.measure(b, &p.floor, made(files.(started).FS))
	}
	p.report(b, "by-steps", 1)
}
