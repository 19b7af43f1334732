package cli

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"

	"rollcall/app/reconcile"
)

// hashPrefix names a plan: the first 12 or more hex digits of its hash.
type hashPrefix string

var hexDigits = regexp.MustCompile(`^[0-9a-f]{12,64}$`)

// UnmarshalText implements [encoding.TextUnmarshaler].
func (h *hashPrefix) UnmarshalText(text []byte) error {
	s := strings.ToLower(string(text))
	if !hexDigits.MatchString(s) {
		return errors.New("a plan is named by 12 to 64 hex digits of its hash")
	}
	*h = hashPrefix(s)
	return nil
}

// kindName is a kind of finding.
type kindName string

// UnmarshalText implements [encoding.TextUnmarshaler].
func (k *kindName) UnmarshalText(text []byte) error {
	switch reconcile.Kind(text) {
	case reconcile.KindOrphaned, reconcile.KindLeaver, reconcile.KindDisputed, reconcile.KindCollision, reconcile.KindEntitled:
		*k = kindName(text)
		return nil
	}
	return fmt.Errorf("there is no kind %q; there are %s, %s, %s, %s and %s", text,
		reconcile.KindOrphaned, reconcile.KindLeaver, reconcile.KindDisputed, reconcile.KindCollision, reconcile.KindEntitled)
}

// fromTime is the start of a period: a day in local time, or an RFC 3339 time.
type fromTime struct{ time.Time }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (t *fromTime) UnmarshalText(text []byte) (err error) {
	t.Time, _, err = parseMoment(string(text))
	return err
}

// toTime is the moment before which a period ends; a day counts as a whole.
type toTime struct{ time.Time }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (t *toTime) UnmarshalText(text []byte) error {
	parsed, isDay, err := parseMoment(string(text))
	if err == nil && isDay {
		parsed = parsed.AddDate(0, 0, 1)
	}
	t.Time = parsed
	return err
}

func parseMoment(s string) (t time.Time, isDay bool, err error) {
	if t, err = time.ParseInLocation(time.DateOnly, s, time.Local); err == nil {
		return t, true, nil
	}
	if t, err = time.Parse(time.RFC3339, s); err == nil {
		return t, false, nil
	}
	return time.Time{}, false, fmt.Errorf("%q is neither a date (2026-01-31) nor a time (2026-01-31T18:00:00+01:00)", s)
}

// verifierKey is a note verifier key: name+hash+base64.
type verifierKey string

// UnmarshalText implements [encoding.TextUnmarshaler].
func (k *verifierKey) UnmarshalText(text []byte) error {
	name, rest, _ := strings.Cut(string(text), "+")
	hash, key, ok := strings.Cut(rest, "+")
	_, hashErr := strconv.ParseUint(hash, 16, 32)
	_, keyErr := base64.StdEncoding.DecodeString(key)
	if !ok || name == "" || len(hash) != 8 || hashErr != nil || key == "" || keyErr != nil {
		return errors.New("this is not a verifier key; it looks like NAME+1a2b3c4d+BASE64, as record export prints it")
	}
	*k = verifierKey(text)
	return nil
}

// loopback is an address of this machine that nothing else can reach.
type loopback string

// UnmarshalText implements [encoding.TextUnmarshaler].
func (l *loopback) UnmarshalText(text []byte) error {
	host, port, err := net.SplitHostPort(string(text))
	if err != nil {
		return fmt.Errorf("%q is not HOST:PORT", text)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("%q is not a port", port)
	}
	addr, err := netip.ParseAddr(host)
	if host != "localhost" && (err != nil || !addr.IsLoopback()) {
		return fmt.Errorf("%q is not a loopback address; pages are served to this machine only", host)
	}
	*l = loopback(text)
	return nil
}

// formatFlag chooses how a list is printed.
type formatFlag struct {
	Format string `enum:"table,json,csv" default:"table" help:"How to print: table, json or csv."`
}

// format is what --format and --json ask for together.
func (s *session) format(f formatFlag) (string, error) {
	switch {
	case !s.JSON:
		return f.Format, nil
	case f.Format == "csv":
		return "", usage("--json and --format csv contradict each other.", "Give one of them.")
	default:
		return "json", nil
	}
}
