package audit

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
	tileBytes  = tileWidth * tlog.HashSize
)

// edge is the right edge of the tree, which is all that appending needs: one
// hash for each set bit of size, and the hashes of the unfinished tiles.
// Adding a leaf costs one node hash on average, the root at most log2(size).
type edge struct {
	size  int64
	peaks []tlog.Hash   // roots of the perfect subtrees, largest first
	open  [][]tlog.Hash // open[k]: at most 255 hashes of the unfinished tile of level k
}

// add appends a leaf and returns the tiles that it completes.
func (e *edge) add(leaf tlog.Hash) []Tile { return e.push(leaf, 0) }

// push appends a perfect subtree of 2^level leaves; size must be a multiple of
// that.
func (e *edge) push(h tlog.Hash, level int) (full []Tile) {
	before := e.size
	e.size += 1 << level
	for {
		if level%tileHeight == 0 {
			full = e.note(h, level/tileHeight, full)
		}
		if before>>level&1 == 0 {
			break
		}
		h = tlog.NodeHash(e.peaks[len(e.peaks)-1], h)
		e.peaks = e.peaks[:len(e.peaks)-1]
		level++
	}
	e.peaks = append(e.peaks, h)
	return full
}

// note puts a hash into the unfinished tile of its level.
func (e *edge) note(h tlog.Hash, level int, full []Tile) []Tile {
	for len(e.open) <= level {
		e.open = append(e.open, make([]tlog.Hash, 0, tileWidth))
	}
	e.open[level] = append(e.open[level], h)
	if len(e.open[level]) < tileWidth {
		return full
	}
	n := e.size>>(tileHeight*(level+1)) - 1
	full = append(full, Tile{Level: level, N: n, Data: joinHashes(e.open[level])})
	e.open[level] = e.open[level][:0]
	return full
}

// root is the RFC 6962 tree head; that of no leaves is the hash of nothing.
func (e *edge) root() tlog.Hash {
	if len(e.peaks) == 0 {
		return sha256.Sum256(nil)
	}
	h := e.peaks[len(e.peaks)-1]
	for i := len(e.peaks) - 2; i >= 0; i-- {
		h = tlog.NodeHash(e.peaks[i], h)
	}
	return h
}

func joinHashes(hashes []tlog.Hash) []byte {
	data := make([]byte, 0, len(hashes)*tlog.HashSize)
	for _, h := range hashes {
		data = append(data, h[:]...)
	}
	return data
}

// tileRoot folds the 256 hashes of a full tile.
func tileRoot(data []byte) tlog.Hash {
	var hashes [tileWidth]tlog.Hash
	for i := range hashes {
		copy(hashes[i][:], data[i*tlog.HashSize:])
	}
	for n := tileWidth / 2; n > 0; n /= 2 {
		for i := range n {
			hashes[i] = tlog.NodeHash(hashes[2*i], hashes[2*i+1])
		}
	}
	return hashes[0]
}

// loadEdge builds the edge at size from full tiles and at most 255 entries,
// whose bodies it hashes again. It reads at most 255 tiles a level.
func loadEdge(ctx context.Context, s Store, size int64) (*edge, error) {
	e := &edge{}
	top := 0
	for size>>(tileHeight*(top+1)) > 0 {
		top++
	}
	for level := top; level > 0; level-- {
		if err := e.loadLevel(ctx, s, size, level); err != nil {
			return nil, err
		}
	}
	return e, e.loadTail(ctx, s, size)
}

// loadLevel pushes the roots of the full tiles of level-1 that no full tile of
// this level covers.
func (e *edge) loadLevel(ctx context.Context, s Store, size int64, level int) error {
	for n := e.size >> (tileHeight * level); n < size>>(tileHeight*level); n++ {
		data, err := readTile(ctx, s, level-1, n)
		if err != nil {
			return err
		}
		e.push(tileRoot(data), tileHeight*level)
	}
	return nil
}

func (e *edge) loadTail(ctx context.Context, s Store, size int64) error {
	from := e.size
	err := s.Rows(ctx, from, size, func(r Row) error {
		if r.Seq != e.size {
			return damageAt(e.size, ReasonMissing)
		}
		if tlog.RecordHash(r.Body) != tlog.Hash(r.Leaf) {
			return damageAt(r.Seq, ReasonLeaf)
		}
		e.add(r.Leaf)
		return nil
	})
	if err != nil {
		return fmt.Errorf("reading entries from %d: %w", from, err)
	}
	if e.size != size {
		return damageAt(e.size, ReasonMissing)
	}
	return nil
}

func readTile(ctx context.Context, s Store, level int, n int64) ([]byte, error) {
	data, err := s.Tile(ctx, level, n)
	switch {
	case errors.Is(err, ErrNoTile):
		return nil, &DamageError{Reason: ReasonTileMissing}
	case err != nil:
		return nil, fmt.Errorf("reading tile %d of level %d: %w", n, level, err)
	case len(data) != tileBytes:
		return nil, &DamageError{Reason: ReasonTile}
	}
	return data, nil
}
