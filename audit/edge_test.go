package audit_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"testing"

	"github.com/transparency-dev/formats/log"
	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"rollcall/audit"
)

func leaf(i int) [32]byte {
	return tlog.RecordHash(binary.BigEndian.AppendUint64(nil, uint64(i)))
}

// TestEdgeAgainstOthers compares every root up to some size with two other
// implementations of RFC 6962.
func TestEdgeAgainstOthers(t *testing.T) {
	const size = 1200
	factory := compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}
	other := factory.NewEmptyRange(0)
	var edge audit.Edge
	if root := edge.Root(); root != sha256.Sum256(nil) || !bytes.Equal(root[:], rfc6962.DefaultHasher.EmptyRoot()) {
		t.Errorf("root of nothing %x", root)
	}
	var stored []tlog.Hash
	hashes := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var list []tlog.Hash
		for _, i := range indexes {
			list = append(list, stored[i])
		}
		return list, nil
	})
	for i := range size {
		h := leaf(i)
		edge.Add(h)
		if err := other.Append(h[:], nil); err != nil {
			t.Fatal(err)
		}
		more, err := tlog.StoredHashesForRecordHash(int64(i), h, hashes)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, more...)
		root := edge.Root()
		theirs, err := other.GetRootHash(nil)
		if err != nil || !bytes.Equal(root[:], theirs) {
			t.Fatalf("root at %d: %x, compact range says %x, %v", i+1, root, theirs, err)
		}
		if tl, err := tlog.TreeHash(int64(i+1), hashes); err != nil || tl != tlog.Hash(root) {
			t.Fatalf("root at %d: %x, tlog says %x, %v", i+1, root, tl, err)
		}
	}
}

// TestTilesProve makes inclusion and consistency proofs from the tiles that the
// log stored and has them checked by another implementation.
func TestTilesProve(t *testing.T) {
	w := newWorld(t)
	w.fill(700)
	at := map[int64]audit.Checkpoint{}
	for _, n := range []int64{0, 1, 255, 256, 511, 700} {
		small := newWorld(t)
		if n > 0 {
			small.fill(int(n))
		}
		signed, err := small.log.Checkpoint(t.Context())
		w.ok(err)
		at[n], err = audit.ReadCheckpoint(signed.Note)
		w.ok(err)
	}
	hashes := tlog.HashReaderFunc(func(indexes []int64) (list []tlog.Hash, err error) {
		for _, i := range indexes {
			level, n := tlog.SplitStoredHashIndex(i)
			list = append(list, w.subtree(level, n))
		}
		return list, nil
	})
	root := at[700].Root
	for _, i := range []int64{0, 1, 254, 255, 256, 600, 699} {
		p, err := tlog.ProveRecord(700, i, hashes)
		w.ok(err)
		l := w.store.List[i].Leaf
		if err := proof.VerifyInclusion(rfc6962.DefaultHasher, uint64(i), 700, l[:], raw(p), root[:]); err != nil {
			t.Errorf("inclusion of %d: %v", i, err)
		}
	}
	for n, c := range at {
		if n == 0 {
			continue
		}
		p, err := tlog.ProveTree(700, n, hashes)
		w.ok(err)
		if err := proof.VerifyConsistency(rfc6962.DefaultHasher, uint64(n), 700, raw(p), c.Root[:], root[:]); err != nil {
			t.Errorf("consistency from %d: %v", n, err)
		}
	}
}

// subtree returns the hash of a perfect subtree, from the stored tile that
// holds it or its leaves.
func (w *world) subtree(level int, n int64) tlog.Hash {
	if n<<level>>8 < int64(len(w.store.Tiles)) && level < 8 {
		tile := tlog.Tile{H: 8, L: 0, N: n << level >> 8, W: 256}
		h, err := tlog.HashFromTile(tile, w.store.Tiles[[2]int64{0, tile.N}], tlog.StoredHashIndex(level, n))
		if err == nil {
			return h
		}
	}
	if level == 0 {
		return tlog.Hash(w.store.List[n].Leaf)
	}
	return tlog.NodeHash(w.subtree(level-1, 2*n), w.subtree(level-1, 2*n+1))
}

func raw(p []tlog.Hash) (list [][]byte) {
	for _, h := range p {
		list = append(list, h[:])
	}
	return list
}

// TestHigherTiles goes beyond 65,536 leaves, where the second level fills its
// first tile.
func TestHigherTiles(t *testing.T) {
	var edge audit.Edge
	tiles := map[[2]int64][]byte{}
	for i := range 65_536 + 300 {
		for _, tile := range edge.Add(leaf(i)) {
			tiles[[2]int64{int64(tile.Level), tile.N}] = tile.Data
		}
	}
	if len(tiles) != 257+1 {
		t.Fatalf("%d tiles, want 258", len(tiles))
	}
	top := tiles[[2]int64{1, 0}]
	for _, n := range []int64{0, 100, 255} {
		var half [2]tlog.Hash
		var err error
		for i := range half {
			index := tlog.StoredHashIndex(7, 2*n+int64(i))
			if half[i], err = tlog.HashFromTile(tlog.Tile{H: 8, L: 0, N: n, W: 256}, tiles[[2]int64{0, n}], index); err != nil {
				t.Fatal(err)
			}
		}
		h := tlog.NodeHash(half[0], half[1])
		if !bytes.Equal(h[:], top[32*n:32*n+32]) {
			t.Errorf("tile %d: root %x, level 1 says %x", n, h, top[32*n:32*n+32])
		}
	}
}

// TestCheckpointIsStandard reads a checkpoint as any other program would.
func TestCheckpointIsStandard(t *testing.T) {
	w := newWorld(t)
	w.fill(5)
	signed, err := w.log.Checkpoint(t.Context())
	w.ok(err)
	v, err := note.NewVerifier(w.key.Verifier())
	w.ok(err)
	c, rest, n, err := log.ParseCheckpoint(signed.Note, "rollcall/testlog", v)
	if err != nil || c.Size != 5 || len(rest) != 0 || len(n.Sigs) != 1 {
		t.Errorf("checkpoint %+v, %q, %v", c, rest, err)
	}
}
