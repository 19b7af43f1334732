package secrets

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"unicode/utf8"

	"filippo.io/age"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Limits of secrets.age.
const (
	maxSecret = 64 << 10
	maxFile   = 16 << 20
)

// file keeps secrets in secrets.age, a JSON object:
//
//	{"v":1, "recipient":"age1…", "identity":"…", "secrets":{"<purpose>":"…"}}
//
// The identity is an age X25519 secret key under the passphrase (scrypt). Each
// secret is encrypted to the recipient together with its purpose, so that
// one put in another's place is noticed. Adding and removing need no
// passphrase after the first secret; reading asks for it once per process.
// Whoever can write the file can also add secrets to it; nobody can read one
// without the passphrase.
type file struct {
	o  Options
	mu sync.Mutex // held while the passphrase is asked for
	id *age.X25519Identity
}

// contents are secrets.age.
type contents struct {
	Version   int               `json:"v"`
	Recipient string            `json:"recipient"`
	Identity  []byte            `json:"identity"`
	Secrets   map[string][]byte `json:"secrets"`
}

func newFile(o Options) *file { return &file{o: o} }

func (f *file) Where() string { return "secrets.age in this workspace" }

// Unlocked says whether the passphrase was given in this process already.
func (f *file) Unlocked() bool {
	if !f.mu.TryLock() {
		return false // it is being asked for
	}
	defer f.mu.Unlock()
	return f.id != nil
}

func (f *file) Get(ctx context.Context, purpose string) ([]byte, error) {
	secret, err := f.get(ctx, purpose)
	if err != nil {
		return nil, fmt.Errorf("read %s from secrets.age: %w", purpose, err)
	}
	return secret, nil
}

func (f *file) get(ctx context.Context, purpose string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c, err := f.load()
	if err != nil {
		return nil, err
	}
	sealed, ok := c.Secrets[purpose]
	if !ok {
		return nil, ErrNotFound
	}
	id, err := f.identity(c)
	if err != nil {
		return nil, err
	}
	return open(sealed, id, purpose)
}

func (f *file) Set(ctx context.Context, purpose string, secret []byte) error {
	if len(secret) > maxSecret {
		return fmt.Errorf("keep %s in secrets.age: %w: it has %d bytes of %d", purpose, ErrTooLarge, len(secret), maxSecret)
	}
	err := f.change(ctx, func(c *contents) (bool, error) {
		if err := f.prepare(c); err != nil {
			return false, err
		}
		sealed, err := seal(c.Recipient, purpose, secret)
		if err != nil {
			return false, err
		}
		c.Secrets[purpose] = sealed
		return true, nil
	})
	if err != nil {
		return fmt.Errorf("keep %s in secrets.age: %w", purpose, err)
	}
	return nil
}

func (f *file) Delete(ctx context.Context, purpose string) error {
	err := f.change(ctx, func(c *contents) (bool, error) {
		_, ok := c.Secrets[purpose]
		delete(c.Secrets, purpose)
		return ok, nil
	})
	if err != nil {
		return fmt.Errorf("remove %s from secrets.age: %w", purpose, err)
	}
	return nil
}

// change edits the file under the lock that all processes share.
func (f *file) change(ctx context.Context, edit func(*contents) (bool, error)) error {
	unlock, err := lock(ctx, f.o.Dir)
	if err != nil {
		return err
	}
	defer unlock()
	if err := settle(f.o.Dir, fileName); err != nil {
		return err
	}
	c, err := f.load()
	if err != nil {
		return err
	}
	changed, err := edit(c)
	if err != nil || !changed {
		return err
	}
	data, err := json.Marshal(c, json.Deterministic(true), jsontext.Multiline(true))
	if err != nil {
		return err
	}
	return replace(f.name(), append(data, '\n'))
}

func (f *file) name() string { return filepath.Join(f.o.Dir, fileName) }

// load reads the file; one that is not there has no secrets.
func (f *file) load() (*contents, error) {
	c := &contents{Version: 1, Secrets: map[string][]byte{}}
	r, err := os.Open(f.name())
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxFile || json.Unmarshal(data, c, json.RejectUnknownMembers(true)) != nil || c.Recipient == "" || c.Secrets == nil {
		return nil, ErrDamaged
	}
	if c.Version != 1 {
		return nil, fmt.Errorf("it has version %d and this program knows 1", c.Version)
	}
	return c, nil
}

// prepare makes the identity of a new file.
func (f *file) prepare(c *contents) error {
	if c.Recipient != "" {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	phrase, err := f.passphrase()
	if err == nil {
		err = longEnough(phrase)
	}
	if err != nil {
		return err
	}
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return err
	}
	lock, err := age.NewScryptRecipient(phrase)
	if err != nil {
		return err
	}
	if f.o.WorkFactor > 0 {
		lock.SetWorkFactor(f.o.WorkFactor)
	}
	if c.Identity, err = encrypt(lock, []byte(id.String())); err != nil {
		return err
	}
	c.Recipient, f.id = id.Recipient().String(), id
	return nil
}

func (f *file) passphrase() (string, error) {
	if f.o.Passphrase == nil {
		return "", ErrNoPassphrase
	}
	phrase, err := f.o.Passphrase()
	if err == nil && phrase == "" {
		err = ErrNoPassphrase
	}
	return phrase, err
}

// longEnough is what the passphrase of a new file has to be: whoever has the
// file can guess as long as he likes.
func longEnough(phrase string) error {
	if utf8.RuneCountInString(phrase) < LeastPassphrase {
		return ErrShortPassphrase
	}
	return nil
}

// identity opens the file's key, once per process. It is opened again where
// the file was replaced by another.
func (f *file) identity(c *contents) (*age.X25519Identity, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.id != nil && f.id.Recipient().String() == c.Recipient {
		return f.id, nil
	}
	phrase, err := f.passphrase()
	if err != nil {
		return nil, err
	}
	return f.unlock(c, phrase)
}

// try opens the file's key with a passphrase, also where it is open already. A
// file that is yet to be written takes any that is long enough.
func (f *file) try(phrase string) error {
	c, err := f.load()
	if err != nil {
		return err
	}
	if c.Recipient == "" {
		return longEnough(phrase)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	_, err = f.unlock(c, phrase)
	return err
}

// unlock keeps what the passphrase opened; f.mu is held.
func (f *file) unlock(c *contents, phrase string) (*age.X25519Identity, error) {
	lock, err := age.NewScryptIdentity(phrase)
	if err != nil {
		return nil, err
	}
	text, err := decrypt(lock, c.Identity)
	var wrong *age.NoIdentityMatchError
	if errors.As(err, &wrong) {
		return nil, ErrPassphrase
	}
	if err != nil {
		return nil, ErrDamaged
	}
	id, err := age.ParseX25519Identity(string(text))
	if err != nil || id.Recipient().String() != c.Recipient {
		return nil, ErrDamaged // the cause would quote the key
	}
	f.id = id
	return id, nil
}

// seal encrypts a secret with its purpose before it: length, purpose, secret.
func seal(recipient, purpose string, secret []byte) ([]byte, error) {
	to, err := age.ParseX25519Recipient(recipient)
	if err != nil {
		return nil, ErrDamaged
	}
	return encrypt(to, append(prefix(purpose), secret...))
}

func open(sealed []byte, id *age.X25519Identity, purpose string) ([]byte, error) {
	text, err := decrypt(id, sealed)
	if err != nil {
		return nil, ErrDamaged
	}
	secret, ok := bytes.CutPrefix(text, prefix(purpose))
	if !ok {
		return nil, ErrDamaged
	}
	return secret, nil
}

func prefix(purpose string) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(purpose))), purpose...)
}

func encrypt(to age.Recipient, text []byte) ([]byte, error) {
	var buf bytes.Buffer
	w, err := age.Encrypt(&buf, to)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(text); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

func decrypt(id age.Identity, sealed []byte) ([]byte, error) {
	r, err := age.Decrypt(bytes.NewReader(sealed), id)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(r, 2*maxSecret))
}
