package audit

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// Key signs checkpoints and manifests: Ed25519 in the form of C2SP signed
// notes. Its fields hold functions only, so that printing a Key shows nothing.
type Key struct {
	signer   note.Signer
	secret   func() []byte
	verifier string
}

// NewKey makes a key. The name stands in every signature line; use
// [Origin] of the log that it signs.
func NewKey(name string) (*Key, error) {
	secret, _, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		return nil, fmt.Errorf("making a signing key: %w", err)
	}
	return ParseKey([]byte(secret))
}

var errKeyForm = errors.New("this is not a signing key of a signed note")

// ParseKey reads what [Key.Secret] wrote. The error never contains the input.
func ParseKey(secret []byte) (*Key, error) {
	secret = bytes.Clone(bytes.TrimSpace(secret))
	signer, err := note.NewSigner(string(secret))
	if err != nil {
		return nil, errKeyForm
	}
	verifier, err := verifierOf(signer.Name(), secret)
	if err != nil {
		return nil, err
	}
	return &Key{signer: signer, verifier: verifier,
		secret: func() []byte { return bytes.Clone(secret) }}, nil
}

// verifierOf derives the public half from PRIVATE+KEY+<name>+<hash>+<data>:
// data is the algorithm byte and the Ed25519 seed, in base64, which may hold a
// '+' itself.
func verifierOf(name string, secret []byte) (string, error) {
	parts := strings.SplitN(string(secret), "+", 5)
	if len(parts) != 5 {
		return "", errKeyForm
	}
	raw, err := base64.StdEncoding.DecodeString(parts[4])
	if err != nil || len(raw) != 1+ed25519.SeedSize {
		return "", errKeyForm
	}
	public := ed25519.NewKeyFromSeed(raw[1:]).Public().(ed25519.PublicKey)
	verifier, err := note.NewEd25519VerifierKey(name, public)
	if err != nil {
		return "", errKeyForm
	}
	return verifier, nil
}

// Secret returns the key in the form PRIVATE+KEY+name+hash+data. It belongs in
// the keychain and nowhere else.
func (k *Key) Secret() []byte { return k.secret() }

// Verifier returns the public half as a note verifier key, name+hash+data.
func (k *Key) Verifier() string { return k.verifier }

// Fingerprint returns [Fingerprint] of the public half.
func (k *Key) Fingerprint() string { return Fingerprint(k.verifier) }

// Fingerprint is SHA-256 over the text of a verifier key, in lower-case hex:
// what `printf %s KEY | sha256sum` prints, for comparing by voice.
func Fingerprint(verifierKey string) string {
	sum := sha256.Sum256([]byte(verifierKey))
	return hex.EncodeToString(sum[:])
}

// verifiers reads verifier keys that stand one to a line or separated by
// spaces. A log whose key was replaced has more than one.
func verifiers(keys string) (note.Verifiers, error) {
	var list []note.Verifier
	for _, text := range strings.Fields(keys) {
		v, err := note.NewVerifier(text)
		if err != nil {
			return nil, fmt.Errorf("reading the verifier key: %w", err)
		}
		list = append(list, v)
	}
	if len(list) == 0 {
		return nil, errors.New("reading the verifier key: there is none")
	}
	return note.VerifierList(list...), nil
}
