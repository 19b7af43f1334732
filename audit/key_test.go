package audit_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"rollcall/audit"
)

// fixedKey is the key of the test vectors. It signs nothing real.
func fixedKey(t testing.TB) *audit.Key {
	t.Helper()
	secret, err := os.ReadFile("testdata/vectors/signing-key.txt")
	if err != nil {
		t.Fatal(err)
	}
	k, err := audit.ParseKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestKeyRoundTrip(t *testing.T) {
	k, err := audit.NewKey(audit.Origin("abc"))
	if err != nil {
		t.Fatal(err)
	}
	again, err := audit.ParseKey(append(k.Secret(), '\n'))
	if err != nil {
		t.Fatal(err)
	}
	if again.Verifier() != k.Verifier() || again.Fingerprint() != k.Fingerprint() {
		t.Error("the key came back otherwise")
	}
	v, err := note.NewVerifier(k.Verifier())
	if err != nil || v.Name() != "rollcall/abc" {
		t.Errorf("verifier %v, %v", v, err)
	}
}

func TestKeyNeverPrints(t *testing.T) {
	k := fixedKey(t)
	secret := string(k.Secret())
	data := secret[strings.LastIndex(secret, "+")+1:]
	for _, form := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		for _, v := range []any{k, *k} {
			if s := fmt.Sprintf(form, v); strings.Contains(s, data) || strings.Contains(s, "PRIVATE") {
				t.Errorf("%s shows the key", form)
			}
		}
	}
}

func TestParseKeyRefuses(t *testing.T) {
	good := string(fixedKey(t).Secret())
	for name, bad := range map[string]string{
		"empty": "", "verifier": fixedKey(t).Verifier(), "cut": good[:len(good)-4], "other name": strings.Replace(good, "testlog", "other", 1),
	} {
		_, err := audit.ParseKey([]byte(bad))
		if err == nil {
			t.Errorf("%s: accepted", name)
		} else if bad != "" && strings.Contains(err.Error(), bad) {
			t.Errorf("%s: the error shows the key", name)
		}
	}
}

func TestNewKeyRefusesNames(t *testing.T) {
	for _, name := range []string{"", "a b", "a+b"} {
		if _, err := audit.NewKey(name); err == nil {
			t.Errorf("name %q was accepted", name)
		}
	}
}
