package secrets

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/zalando/go-keyring"
)

// service is the name under which a keychain shows our items.
const service = "rollcall"

const (
	probeTime = 5 * time.Second // a keychain that answers at all does so at once
	useTime   = 2 * time.Minute // a person may have to unlock it
)

// keychain keeps secrets in the operating system's keychain, as items named
// "<workspace id>/<purpose>". A copied workspace finds them only where the
// keychain is the same.
type keychain struct {
	dir, workspace string
}

func (k *keychain) Where() string { return "the keychain" }

func (k *keychain) item(purpose string) string { return k.workspace + "/" + purpose }

func (k *keychain) Get(ctx context.Context, purpose string) ([]byte, error) {
	text, err := bounded(ctx, useTime, func() (string, error) { return keyring.Get(service, k.item(purpose)) })
	if errors.Is(err, keyring.ErrNotFound) {
		return nil, fmt.Errorf("read %s from the keychain: %w", purpose, ErrNotFound)
	}
	if err != nil {
		return nil, unreachable(ctx, "read "+purpose+" from", err)
	}
	secret, err := unpack(text)
	if err != nil {
		return nil, fmt.Errorf("read %s from the keychain: %w", purpose, err)
	}
	return secret, nil
}

func (k *keychain) Set(ctx context.Context, purpose string, secret []byte) error {
	text := pack(secret)
	if most := itemLimit(runtime.GOOS); len(text) > most {
		return fmt.Errorf("keep %s in the keychain: %w: it needs %d bytes of %d", purpose, ErrTooLarge, len(text), most)
	}
	unlock, err := lock(ctx, k.dir)
	if err != nil {
		return fmt.Errorf("keep %s in the keychain: %w", purpose, err)
	}
	defer unlock()
	// The place is settled before the secret is kept: a crash in between
	// leaves a workspace that looks in the right place and finds nothing.
	if err := settle(k.dir, markerName); err != nil {
		return fmt.Errorf("keep %s in the keychain: %w", purpose, err)
	}
	_, err = bounded(ctx, useTime, func() (string, error) { return "", keyring.Set(service, k.item(purpose), text) })
	return unreachable(ctx, "keep "+purpose+" in", err)
}

func (k *keychain) Delete(ctx context.Context, purpose string) error {
	_, err := bounded(ctx, useTime, func() (string, error) { return "", keyring.Delete(service, k.item(purpose)) })
	if errors.Is(err, keyring.ErrNotFound) {
		return nil
	}
	return unreachable(ctx, "remove "+purpose+" from", err)
}

// probe finds out whether the keychain keeps what it is given.
func (k *keychain) probe(ctx context.Context) error {
	name, want := k.item("probe/"+rand.Text()), rand.Text()
	_, err := bounded(ctx, probeTime, func() (string, error) {
		if err := keyring.Set(service, name, want); err != nil {
			return "", err
		}
		got, err := keyring.Get(service, name)
		if err == nil && got != want {
			err = errors.New("it gave back something else")
		}
		return "", errors.Join(err, keyring.Delete(service, name))
	})
	return err
}

// bounded runs a call that knows no context. After the time is up the call is
// left to itself: a dialog that waits for a person cannot be taken back.
func bounded(ctx context.Context, most time.Duration, call func() (string, error)) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	type answer struct {
		text string
		err  error
	}
	done := make(chan answer, 1)
	go func() {
		text, err := call()
		done <- answer{text, err}
	}()
	select {
	case a := <-done:
		return a.text, a.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// unreachable words a failure of the keychain itself. Its own text is not
// passed on: nothing says that it never quotes an item.
func unreachable(ctx context.Context, doing string, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("%s the keychain: %w", doing, ctx.Err())
	case errors.Is(err, keyring.ErrSetDataTooBig):
		return fmt.Errorf("%s the keychain: %w", doing, ErrTooLarge)
	}
	return fmt.Errorf("%s the keychain: %w", doing, ErrNoKeychain)
}

// itemLimit is how many bytes one item holds; the name takes a part of it on
// macOS.
func itemLimit(goos string) int {
	switch goos {
	case "windows":
		return 2560
	case "darwin":
		return 2800
	}
	return 64 << 10
}

// pack makes text of a secret: keychains hold text, and a token should look
// the same there as where it came from.
func pack(secret []byte) string {
	if utf8.Valid(secret) && !strings.ContainsRune(string(secret), 0) {
		return "t:" + string(secret)
	}
	return "b:" + base64.StdEncoding.EncodeToString(secret)
}

func unpack(text string) ([]byte, error) {
	kind, rest, _ := strings.Cut(text, ":")
	switch kind {
	case "t":
		return []byte(rest), nil
	case "b":
		if secret, err := base64.StdEncoding.DecodeString(rest); err == nil {
			return secret, nil
		}
	}
	return nil, errors.New("the item was not written by this program")
}
