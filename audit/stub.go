package audit

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

var errBuild = errors.New("being built")

type Key struct{}

func NewKey(name string) (*Key, error)               { return nil, errBuild }
func ParseKey(secret []byte) (*Key, error)           { return nil, errBuild }
func (k *Key) Secret() []byte                        { return nil }
func (k *Key) Verifier() string                      { return "" }
func (k *Key) Fingerprint() string                   { return "" }
func Origin(logID string) string                     { return "rollcall/" + logID }
func (p Personal) Erased() bool                      { return false }
func (p Personal) IsZero() bool                      { return false }
func (b Blob) Erased() bool                          { return false }
func (b Blob) IsZero() bool                          { return false }
func (b Blob) Size() int64                           { return b.size }
func (s Stored) Decode(v any) error                  { return errBuild }
func (s Stored) OpenedData() (jsontext.Value, error) { return nil, errBuild }
func (s Stored) Request() (Request, bool)            { return Request{}, false }

type Receipt struct{}

func (r *Receipt) Authorize(q Request) error { return errBuild }

type Options struct {
	Now      func() time.Time
	Verifier string
	Known    [][]byte
}
type Log struct{}

func Open(ctx context.Context, s Store, k *Key, o Options) (*Log, error)  { return nil, errBuild }
func (l *Log) Refresh(ctx context.Context) error                          { return errBuild }
func (l *Log) Append(ctx context.Context, d Draft) (Stored, error)        { return Stored{}, errBuild }
func (l *Log) AppendAll(ctx context.Context, d []Draft) ([]Stored, error) { return nil, errBuild }
func (l *Log) AppendIntent(ctx context.Context, d Draft, r Request) (Stored, *Receipt, error) {
	return Stored{}, nil, errBuild
}
func (l *Log) Checkpoint(ctx context.Context) (SignedCheckpoint, error) {
	return SignedCheckpoint{}, errBuild
}
func (l *Log) Size() int64          { return 0 }
func (l *Log) LogID() string        { return "" }
func (l *Log) Verifier() string     { return "" }
func (l *Log) Damage() *DamageError { return nil }
func (l *Log) Entries(ctx context.Context, from, to int64, yield func(Stored) error) error {
	return errBuild
}

type DamageError struct {
	FirstBad *int64
	Reason   string
}

func (e *DamageError) Error() string { return e.Reason }

type Report struct {
	OK            bool
	LogID         string
	Entries       int64
	Bodies        int64
	Erased        int64
	Proven        int64
	FirstBad      *int64
	Reason        string
	Anchoring     string
	SignerChecked bool
	Fingerprint   string
	Key           string
}

func VerifyRecord(ctx context.Context, s Store, verifierKey string, progress func(done, total int64)) (Report, error) {
	return Report{}, errBuild
}

type PackOptions struct {
	Choose  func(Stored) bool
	Program string
	Filter  string
}
type PackSummary struct {
	Entries, Bodies, Erased, Bytes int64
	SHA256, Fingerprint, Key       string
	Checkpoint                     SignedCheckpoint
}

func WritePack(ctx context.Context, w io.Writer, l *Log, o PackOptions) (PackSummary, error) {
	return PackSummary{}, errBuild
}

type VerifyOptions struct {
	Key         string
	Checkpoints [][]byte
}

func VerifyPack(ctx context.Context, r io.ReaderAt, size int64, o VerifyOptions) (Report, error) {
	return Report{}, errBuild
}
func VerifyCheckpoint(note []byte, o VerifyOptions) Report { return Report{} }
