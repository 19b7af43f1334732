package frontend

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"rollcall/app"
	"rollcall/scim/scimtest"
)

var (
	bySync   = []string{"sync", "Beta"}
	byImport = []string{"roster", "import", "$DIR/people.csv"}
	byRecord = []string{"record", "checkpoint"}
	byShow   = []string{"findings"}
)

func situations() []situation {
	return append(append(serverSituations(), fileSituations()...), keySituations()...)
}

func serverSituations() []situation {
	return []situation{
		{name: "wrong URL, nothing there", args: bySync, exit: 3, prepare: with(func(t *testing.T, d *desk) { d.url += "/wrong" })},
		{name: "wrong URL, nobody listens", args: bySync, exit: 3, prepare: with(func(t *testing.T, d *desk) { d.url = closedURL(t) })},
		{name: "host name not found", args: bySync, exit: 3, prepare: with(nameUnknown)},
		{name: "no network", args: bySync, exit: 3, prepare: with(noNameServer)},
		{name: "wrong token", args: bySync, exit: 3, prepare: with(quirk(func(q *scimtest.Quirks) { q.Reject = true }))},
		{name: "token without the right", args: bySync, exit: 3, prepare: with(fault(scimtest.Fault{Status: 403}))},
		{name: "sign-in or proxy page", args: bySync, exit: 3, prepare: with(quirk(func(q *scimtest.Quirks) { q.RejectPage = true }))},
		{name: "proxy that wants a login", args: bySync, exit: 3, prepare: with(fault(scimtest.Fault{Status: 407, Body: "<html>Proxy", ContentType: "text/html"}))},
		{name: "redirect to another host", args: bySync, exit: 3, prepare: with(quirk(func(q *scimtest.Quirks) { q.RedirectTo = "https://login.example" }))},
		{name: "expired certificate", args: bySync, exit: 3, prepare: with(certificate("127.0.0.1", -time.Hour, true))},
		{name: "unknown certificate authority", args: bySync, exit: 3, prepare: with(certificate("127.0.0.1", time.Hour, false))},
		{name: "certificate of another host", args: bySync, exit: 3, prepare: with(certificate("other.example", time.Hour, true))},
		{name: "no answer in time", args: bySync, exit: 3, prepare: with(silence)},
		{name: "429 for ever", args: bySync, exit: 3, prepare: with(fault(scimtest.Fault{Status: 429, Header: map[string]string{"Retry-After": "86400"}}))},
		{name: "the server fails", args: bySync, exit: 3, prepare: with(fault(scimtest.Fault{Status: 500}))},
		{name: "the answer breaks off", args: bySync, exit: 3, prepare: with(fault(scimtest.Fault{Effect: true, Truncate: 60}))},
	}
}

// with makes the situation of a second tenant, Beta, whose server misbehaves.
func with(spoil func(*testing.T, *desk)) func(*testing.T, *desk) {
	return func(t *testing.T, d *desk) {
		spare := scimtest.New(scimtest.Options{})
		t.Cleanup(spare.Close)
		d.server, d.url = spare, spare.URL
		spoil(t, d)
		d.mustRun(t, d.addTenant("Beta")...)
	}
}

func quirk(set func(*scimtest.Quirks)) func(*testing.T, *desk) {
	return func(_ *testing.T, d *desk) { d.server.Set(set) }
}

func fault(f scimtest.Fault) func(*testing.T, *desk) {
	f.Times = -1
	return func(_ *testing.T, d *desk) { d.server.Fail(f) }
}

// closedURL is an address where nothing listens.
func closedURL(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return "http://" + l.Addr().String() + "/scim/v2"
}

// resolve makes dial the way to the name server, for this test.
func resolve(t *testing.T, d *desk, address string) {
	before := net.DefaultResolver
	t.Cleanup(func() { net.DefaultResolver = before })
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", address)
	}}
	d.url = "https://acme.nowhere.example/scim/v2"
}

// nameUnknown is a name server that knows no name: it answers each question
// with itself and the code for "no such name".
func nameUnknown(t *testing.T, d *desk) {
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	go func() {
		b := make([]byte, 512)
		for {
			n, from, err := c.ReadFrom(b)
			if err != nil {
				return
			}
			end := 12 + bytes.IndexByte(b[12:n], 0) + 5 // one question, nothing after it
			answer := append([]byte{b[0], b[1], 0x81, 0x83, 0, 1, 0, 0, 0, 0, 0, 0}, b[12:end]...)
			_, _ = c.WriteTo(answer, from)
		}
	}()
	resolve(t, d, c.LocalAddr().String())
}

func noNameServer(t *testing.T, d *desk) {
	resolve(t, d, strings.TrimSuffix(strings.TrimPrefix(closedURL(t), "http://"), "/scim/v2"))
}

// silence is a server that takes requests and never answers; waiting for the
// head of an answer is shortened.
func silence(t *testing.T, d *desk) {
	standard := http.DefaultTransport
	t.Cleanup(func() { http.DefaultTransport = standard })
	short := standard.(*http.Transport).Clone()
	short.ResponseHeaderTimeout = 20 * time.Millisecond
	http.DefaultTransport = short
	stop := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-stop:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(func() { close(stop); server.Close() })
	d.url = server.URL
}

// certificate serves the tenant over TLS with a certificate for host that is
// valid until the time from now, by an authority that the tenant knows or not.
func certificate(host string, until time.Duration, known bool) func(*testing.T, *desk) {
	return func(t *testing.T, d *desk) {
		ca, caKey := issue(t, "Test Authority", nil, nil, time.Hour)
		leaf, key := issue(t, host, ca, caKey, until)
		server := httptest.NewUnstartedServer(d.server)
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{leaf.Raw}, PrivateKey: key}}}
		server.StartTLS()
		t.Cleanup(server.Close)
		d.url = server.URL + "/scim/v2"
		if known {
			d.ca = d.file("ca.pem")
			d.write(t, "ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.Raw})))
		}
	}
}

func issue(t *testing.T, name string, ca *x509.Certificate, caKey *ecdsa.PrivateKey, until time.Duration) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: time.Now().Add(until),
		IsCA: ca == nil, BasicConstraintsValid: true, DNSNames: []string{name},
	}
	if ip := net.ParseIP(name); ip != nil {
		form.IPAddresses, form.DNSNames = []net.IP{ip}, nil
	}
	parent, parentKey := ca, caKey
	if ca == nil {
		parent, parentKey = form, key
	}
	der, err := x509.CreateCertificate(rand.Reader, form, parent, key.Public(), parentKey)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c, key
}

func fileSituations() []situation {
	return []situation{
		{name: "disk full", args: byImport, call: importRoster, inside: "full"},
		{name: "folder that cannot be written", args: byImport, call: importRoster, inside: "read-only"},
		{name: "no workspace", args: byShow, prepare: func(t *testing.T, d *desk) { d.dir = d.file("typo") }},
		{name: "record.db damaged", args: byShow, prepare: spoilFile("record.db", func(b []byte) { copy(b[100:], bytes.Repeat([]byte{0xa5}, 3000)) })},
		{name: "record.db of another program", args: byShow, prepare: spoilFile("record.db", func(b []byte) { copy(b[68:], "MPbx") })},
		{name: "record.db of a newer Rollcall", args: byShow, prepare: spoilFile("record.db", newer)},
		{name: "record.db missing", args: byShow, prepare: func(t *testing.T, d *desk) { remove(t, d, "record.db") }},
		{name: "store.db damaged", args: byShow, prepare: spoilFile("store.db", func(b []byte) { copy(b[100:], bytes.Repeat([]byte{0xa5}, 3000)) })},
		{name: "store.db of a newer Rollcall", args: byShow, prepare: spoilFile("store.db", newer)},
		{name: "damaged record", args: byRecord, call: checkpoint, exit: 3, prepare: spoilFile("record.db", func(b []byte) {
			at := bytes.LastIndex(b, []byte(`"type":"snapshot.sealed"`))
			b[at+10] ^= 1
		})},
		{name: "locked workspace", args: byRecord, call: checkpoint, prepare: lockedDesk},
		{name: "roster: unknown column", args: append(byImport[:3:3], "--map", "email=Nope"), prepare: nil, call: func(ctx context.Context, a *app.App) error {
			_, err := a.ImportRoster(ctx, app.RosterImport{File: beside(a, "people.csv"), Map: map[string]string{"email": "Nope"}})
			return err
		}},
		{name: "roster: no such file", args: []string{"roster", "import", "$DIR/nowhere.csv"}, call: func(ctx context.Context, a *app.App) error {
			_, err := a.ImportRoster(ctx, app.RosterImport{File: beside(a, "nowhere.csv")})
			return err
		}},
		{name: "roster: unknown encoding", args: append(byImport[:3:3], "--encoding", "rot13"), exit: 2, call: func(ctx context.Context, a *app.App) error {
			_, err := a.ImportRoster(ctx, app.RosterImport{File: beside(a, "people.csv"), Encoding: "rot13"})
			return err
		}},
	}
}

func beside(a *app.App, name string) string { return filepath.Join(filepath.Dir(a.Dir()), name) }

func importRoster(ctx context.Context, a *app.App) error {
	_, err := a.ImportRoster(ctx, app.RosterImport{File: beside(a, "people.csv")})
	return err
}

func checkpoint(ctx context.Context, a *app.App) error {
	_, err := a.Checkpoint(ctx)
	return err
}

// newer writes a schema version that this program does not know.
func newer(b []byte) { b[62] = 1 }

func spoilFile(name string, spoil func([]byte)) func(*testing.T, *desk) {
	return func(t *testing.T, d *desk) {
		path := filepath.Join(d.dir, name)
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		spoil(b)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func remove(t *testing.T, d *desk, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(d.dir, name)); err != nil {
		t.Fatal(err)
	}
}

// lockedDesk is a workspace in which a sync goes on elsewhere.
func lockedDesk(t *testing.T, d *desk) {
	hold, done := scimtest.NewBarrier(), make(chan struct{})
	d.server.Fail(scimtest.Fault{Effect: true, Reply: hold})
	go func() {
		defer close(done)
		d.run(t.Context(), "sync", "Acme")
	}()
	<-hold.Arrived
	t.Cleanup(func() { close(hold.Release); <-done })
}

func keySituations() []situation {
	sync := []string{"sync", "Acme"}
	return []situation{
		{name: "wrong passphrase", args: sync, prepare: func(_ *testing.T, d *desk) { d.passphrase = "wrong" }},
		{name: "no passphrase", args: sync, prepare: func(_ *testing.T, d *desk) { d.passphrase = "" }},
		{name: "keychain does not answer", args: sync, prepare: noKeychain},
		{name: "secrets.age damaged", args: sync, prepare: spoilFile("secrets.age", func(b []byte) { b[0] = 'x' })},
		{name: "signing key lost", args: byRecord, call: checkpoint, exit: 3, prepare: func(t *testing.T, d *desk) {
			if err := d.secrets(t).Delete(t.Context(), "signing-key"); err != nil {
				t.Fatal(err)
			}
		}},
		{name: "token missing", args: sync, prepare: func(t *testing.T, d *desk) {
			var tenant struct{ ID string }
			decode(t, d.mustRun(t, "tenant", "list", "--json"), &tenant)
			if err := d.secrets(t).Delete(t.Context(), "tenant/"+tenant.ID); err != nil {
				t.Fatal(err)
			}
		}},
	}
}

// noKeychain is a workspace whose secrets are in a keychain that is not there.
func noKeychain(t *testing.T, d *desk) {
	if runtime.GOOS != "linux" {
		t.Skip("only there the keychain can be taken away from one process")
	}
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
	remove(t, d, "secrets.age")
	if err := os.WriteFile(filepath.Join(d.dir, "secrets.keychain"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
}
