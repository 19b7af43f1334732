package audit

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// ErrReadOnly means that the log was opened without a key.
var ErrReadOnly = errors.New("the record is open for reading only: there is no signing key")

// Options of [Open]. The zero value is usable.
type Options struct {
	Now func() time.Time // nil: time.Now
	// Verifier holds the verifier keys whose checkpoints are trusted, besides the
	// key's own. Without any, signatures are not checked on opening.
	Verifier string
	// Known holds checkpoints of this log that are kept elsewhere, such as in
	// the keychain; the record must be consistent with each.
	Known [][]byte
	// Random is where salts come from; nil: crypto/rand. Anything else makes
	// commitments guessable and is for test vectors only.
	Random io.Reader
}

// Log appends to the record and reads it. Its methods may be called from
// several goroutines; appends come one after the other.
//
// After a failed commit, and whenever the writer's lock was let go in between,
// what it knows of the tree's edge is read again: the first it sees to itself,
// the second is the caller's [Log.Refresh].
type Log struct {
	store  Store
	key    *Key
	opts   Options
	known  keyring
	mu     sync.Mutex
	id     string
	edge   *edge
	size   int64 // committed entries
	newest SignedCheckpoint
	damage *DamageError
	stale  bool // edge may differ from the store
}

// Open reads the right edge of the record and checks it against the newest
// checkpoint. The key may be nil for reading only.
//
// Where the record does not hold, Open returns the log together with a
// [*DamageError]: it can be read but refuses to append. With any other error
// the log is nil.
func Open(ctx context.Context, s Store, k *Key, o Options) (*Log, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	l := &Log{store: s, key: k, opts: o}
	keys := o.Verifier
	if k != nil {
		keys = strings.TrimSpace(k.Verifier() + "\n" + o.Verifier)
	}
	if keys != "" {
		var err error
		if l.known.given, err = verifiers(keys); err != nil {
			return nil, err
		}
	}
	err := l.Refresh(ctx)
	if err != nil && l.damage == nil {
		return nil, err
	}
	return l, err
}

// Refresh reads the edge and the newest checkpoint again. Call it each time
// the writer's lock was acquired. A [*DamageError] stays until a Refresh that
// finds the record whole.
func (l *Log) Refresh(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.refresh(ctx)
}

func (l *Log) refresh(ctx context.Context) error {
	l.stale, l.damage = true, nil
	err := l.load(ctx)
	if errors.As(err, &l.damage) {
		return l.damage
	}
	if err != nil {
		return fmt.Errorf("opening the record: %w", err)
	}
	l.stale = false
	return nil
}

func (l *Log) load(ctx context.Context) (err error) {
	if l.id, err = l.store.LogID(ctx); err != nil {
		return fmt.Errorf("reading the log id: %w", err)
	}
	if !validLogID(l.id) {
		return fmt.Errorf("reading the log id: %q is not one", l.id)
	}
	if l.size, err = l.store.Size(ctx); err != nil {
		return fmt.Errorf("reading the size: %w", err)
	}
	var ok bool
	if l.newest, ok, err = l.store.LatestCheckpoint(ctx); err != nil {
		return fmt.Errorf("reading the newest checkpoint: %w", err)
	}
	if !ok {
		l.newest = SignedCheckpoint{Size: -1}
	}
	if l.edge, err = loadEdge(ctx, l.store, l.size); err != nil {
		return err
	}
	return l.checkAll(ctx)
}

// checkAll compares the edge with the newest checkpoint and with those that
// are known from elsewhere.
func (l *Log) checkAll(ctx context.Context) error {
	notes := l.opts.Known
	if l.newest.Size >= 0 {
		notes = append([][]byte{l.newest.Note}, notes...)
	}
	for _, signed := range notes {
		c, err := checkNote(signed, l.known, l.id)
		if err != nil {
			return err
		}
		if err := l.checkRoot(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

func (l *Log) checkRoot(ctx context.Context, c Checkpoint) error {
	if c.Size > l.size {
		return damageAt(l.size, ReasonBehind)
	}
	e := l.edge
	if c.Size < l.size {
		var err error
		if e, err = loadEdge(ctx, l.store, c.Size); err != nil {
			return err
		}
	}
	if e.root() != tlog.Hash(c.Root) {
		return &DamageError{Reason: ReasonRoot}
	}
	return nil
}

// checkNote reads a checkpoint of the log id that was signed by a key which
// counts at its size.
func checkNote(signed []byte, known keyring, id string) (Checkpoint, error) {
	text, err := noteText(signed)
	if err != nil {
		return Checkpoint{}, &DamageError{Reason: ReasonCheckpointForm}
	}
	c, err := parseCheckpoint(text)
	if keys := known.at(c.Size); keys != nil {
		if _, err := openNote(signed, keys); err != nil {
			return Checkpoint{}, &DamageError{Reason: ReasonCheckpoint}
		}
	}
	if err != nil {
		return Checkpoint{}, &DamageError{Reason: ReasonCheckpointForm}
	}
	if c.LogID != id {
		return Checkpoint{}, &DamageError{Reason: ReasonOtherLog}
	}
	return c, nil
}

// Append adds one entry. It is on disk when Append returns nil. On any error
// nothing may be assumed to be recorded.
func (l *Log) Append(ctx context.Context, d Draft) (Stored, error) {
	all, err := l.AppendAll(ctx, []Draft{d})
	if err != nil {
		return Stored{}, err
	}
	return all[0], nil
}

// AppendAll adds entries in one commit: all of them or none.
func (l *Log) AppendAll(ctx context.Context, drafts []Draft) ([]Stored, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.append(ctx, drafts, nil)
}

// AppendIntent adds an entry that also names the request, in the member
// "$request" of its data, and returns the receipt that lets exactly that
// request be sent once. There is no receipt without a durable commit.
func (l *Log) AppendIntent(ctx context.Context, d Draft, q Request) (Stored, *Receipt, error) {
	if err := checkRequest(q); err != nil {
		return Stored{}, nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	all, err := l.append(ctx, []Draft{d}, &q)
	if err != nil {
		return Stored{}, nil, err
	}
	return all[0], &Receipt{request: q, valid: true}, nil
}

func checkRequest(q Request) error {
	switch q.Method {
	case "PATCH", "PUT", "POST", "DELETE":
	default:
		return fmt.Errorf("recording an intent: %q is not a changing method", q.Method)
	}
	if q.Origin == "" || !strings.HasPrefix(q.Path, "/") {
		return errors.New("recording an intent: the request has no origin or no path")
	}
	return nil
}

// append seals, hashes and commits. The caller holds the lock.
func (l *Log) append(ctx context.Context, drafts []Draft, q *Request) ([]Stored, error) {
	b, stored, err := l.batch(ctx, drafts, q)
	if err != nil {
		return nil, err
	}
	if err := l.commit(ctx, b, false); err != nil {
		return nil, err
	}
	return stored, nil
}

// batch seals and hashes what is to be committed next.
func (l *Log) batch(ctx context.Context, drafts []Draft, q *Request) (Batch, []Stored, error) {
	if err := l.ready(ctx); err != nil {
		return Batch{}, nil, err
	}
	b := Batch{From: l.size}
	at := l.opts.Now().UTC().Truncate(time.Millisecond)
	for i, d := range drafts {
		seq := l.size + int64(i)
		body, openings, err := seal(l.opts.Random, l.id, seq, at, d, q)
		if err != nil {
			return Batch{}, nil, fmt.Errorf("appending entry %d: %w", seq, err)
		}
		b.Rows = append(b.Rows, Row{Seq: seq, Body: body, Leaf: tlog.RecordHash(body)})
		b.Openings = append(b.Openings, openings...)
	}
	stored, err := openAll(b, l.id)
	if err != nil {
		return Batch{}, nil, fmt.Errorf("reading back what was encoded: %w", err)
	}
	return b, stored, nil
}

// openAll proves, before the commit, that what will be stored can be read.
func openAll(b Batch, id string) ([]Stored, error) {
	all := opened{}
	for _, o := range b.Openings {
		all[o.Digest] = o
	}
	stored := make([]Stored, 0, len(b.Rows))
	for _, r := range b.Rows {
		s, err := openEntry(r, id, all)
		if err != nil {
			return nil, err
		}
		stored = append(stored, s)
	}
	return stored, nil
}

// commit adds the tiles, where sign says so a checkpoint over everything, and
// stores the batch. After an error the edge is read again before the next
// append, since the store may or may not have it.
func (l *Log) commit(ctx context.Context, b Batch, sign bool) error {
	l.stale = true
	for _, r := range b.Rows {
		b.Tiles = append(b.Tiles, l.edge.add(r.Leaf)...)
	}
	if sign {
		c := Checkpoint{LogID: l.id, Size: l.edge.size, Root: l.edge.root()}
		signed, err := c.sign(l.key)
		if err != nil {
			return err
		}
		b.Checkpoint = &SignedCheckpoint{Size: c.Size, Note: signed}
	}
	if err := l.store.Commit(ctx, b); err != nil {
		return fmt.Errorf("committing to the record at %d: %w", b.From, err)
	}
	l.size, l.stale = l.edge.size, false
	if b.Checkpoint != nil {
		l.newest = *b.Checkpoint
	}
	return nil
}

// ready says whether the log may write.
func (l *Log) ready(ctx context.Context) error {
	switch {
	case l.key == nil:
		return ErrReadOnly
	case l.damage != nil:
		return l.damage
	case l.stale:
		return l.refresh(ctx)
	}
	return nil
}

// Checkpoint returns a signed checkpoint of the record as it stands: the
// newest one where nothing was appended since, else a new one.
func (l *Log) Checkpoint(ctx context.Context) (SignedCheckpoint, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.ready(ctx); err != nil {
		return SignedCheckpoint{}, err
	}
	if l.newest.Size == l.size {
		return l.newest, nil
	}
	if err := l.commit(ctx, Batch{From: l.size}, true); err != nil {
		return SignedCheckpoint{}, err
	}
	return l.newest, nil
}

// Size returns the number of entries when the log was last refreshed or
// appended to.
func (l *Log) Size() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.size
}

// LogID returns the log's id.
func (l *Log) LogID() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.id
}

// Verifier returns the verifier key of the signing key, or "" without one.
func (l *Log) Verifier() string {
	if l.key == nil {
		return ""
	}
	return l.key.Verifier()
}

// Damage returns what the last Refresh found, or nil.
func (l *Log) Damage() *DamageError {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.damage
}
