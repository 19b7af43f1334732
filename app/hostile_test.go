package app

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"rollcall/audit"
	"rollcall/db"
	"rollcall/scim/scimtest"
)

// hostileText is what text of a tenant or a file may hold; none of it may act,
// and none of it may be lost.
var hostileText = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `=HYPERLINK("http://evil.example","x")`, `+1+cmd|' /C calc'!A0`, `@SUM(1)`,
	"-2+3", "\x1b[31mred\x1b]0;title\x07", "a\u202egpj.exe\u2066b", "zero\u200bwidth\ufeff", "tab\there", "line\nbreak\r\nmore", "nul\x00nul",
	"\u0085next", "' OR 1=1 --", "{{.}} ${x} %s %n", "\U000e0041tags", "ünï©ødé 🧑‍💻", strings.Repeat("long ", 90),
}

// hostileIDs are ids that have to be escaped, in paths and in filters.
var hostileIDs = []string{
	"a/b", "a@b.example", "a b", "50%", "what?", "x#y", "a..b", "q\"uote", `back\slash`, "semi;colon", "comma,", "a&b=c", "ünï", "=1+1", "<script>",
	"tab\tid", "nul\x00id", "bidi\u202eid", "9007199254740993", "%2e%2e%2f", strings.Repeat("i", 1024),
}

// hostileJSON are attributes that no list knows: whatever JSON allows, and
// what only lax readers allow.
var hostileJSON = map[string]string{
	"beyond 2^53":      `{"n":9007199254740993,"e":1e400,"tiny":1e-400,"zero":-0,"long":3.141592653589793238462643383279502884197}`,
	"duplicate names":  `{"a":1,"a":2,"A":3}`,
	"lone surrogates":  `"\ud800 \udc00 \ud83d"`,
	"escapes":          `"\u0000\u001b\/\u003cscript\u003e\u202e"`,
	"white space":      "{ \"a\" :\r\n\t[ 1 ,2 ] }",
	"invalid UTF-8":    "\"\xff\xfe\xc0\xaf\"",
	"very deep":        strings.Repeat("[", 5000) + strings.Repeat("]", 5000),
	"a huge list":      "[" + strings.Repeat("0,", 200_000) + "0]",
	"a megabyte":       `"` + strings.Repeat("m", 1_000_000) + `"`,
	"a long name":      `{"` + strings.Repeat("n", 1<<16) + `":1}`,
	"a name of markup": `{"<script>alert(1)</script>":"=1+1","\u202e":null}`,
}

// hostileUsers has one account for each value, in each place where it may stand.
func hostileUsers() []scimtest.User {
	var users []scimtest.User
	add := func(u scimtest.User) {
		u.Active = true
		if u.ID == "" {
			u.ID = "h" + randomID()
		}
		if u.UserName == "" {
			u.UserName = u.ID + "@corp.example"
		}
		users = append(users, u)
	}
	for _, s := range hostileText {
		add(scimtest.User{UserName: s + "@corp.example", ExternalID: s, DisplayName: s, Given: s, Family: s, Emails: []string{s, s + "@corp.example"},
			Extra: map[string]jsontext.Value{"nickName": quoted1(s), "password": jsontext.Value(`"hunter2"`)}})
	}
	for _, id := range hostileIDs {
		add(scimtest.User{ID: id, UserName: randomID()})
	}
	for what, raw := range hostileJSON {
		add(scimtest.User{DisplayName: what, Extra: map[string]jsontext.Value{"urn:example:hostile": jsontext.Value(raw)}})
	}
	return users
}

func quoted1(s string) jsontext.Value {
	b, err := jsontext.AppendQuote(nil, s)
	if err != nil {
		panic(err)
	}
	return b
}

// What a tenant sends is kept byte for byte, but for passwords: in the store
// and in the image before a change. And every such account can be closed.
func TestHostileValuesAreKeptExactly(t *testing.T) {
	w := newWorld(t)
	users := hostileUsers()
	group := scimtest.Group{ID: "g/1 <b>", DisplayName: hostileText[0] + hostileText[7]}
	for _, u := range users {
		group.Members = append(group.Members, u.ID)
	}
	plain := make([]scimtest.User, 5*len(users)) // so that most accounts match somebody
	for i := range plain {
		plain[i] = accountOfPerson(i)
	}
	srv := w.serve("Acme", scimtest.Options{Users: append(plain, users...), Groups: []scimtest.Group{group}})
	if _, err := w.app.AllowWrites(t.Context(), "Acme", hostileText[0]); err != nil {
		t.Fatal(err)
	}
	w.roster(people(len(plain)))
	if s := w.sync(); !s.Sealed || !s.GroupsSealed || s.Accounts != len(plain)+len(users) {
		t.Fatalf("%+v", s)
	}
	sent := map[string][]byte{}
	ids := make([]string, len(users))
	for i, u := range users {
		ids[i], sent[u.ID] = u.ID, asSent(t, srv, u.ID)
		demandSame(t, "the store", u.ID, w.resource(u.ID), sent[u.ID])
	}
	p, err := w.app.Plan(t.Context(), PlanRequest{Tenant: "Acme", Accounts: ids, Action: actionDeactivate, Ticket: `HD-1 =1+1 <b>"`})
	if err != nil {
		t.Fatal(err)
	}
	r, err := w.app.Run(t.Context(), p.Hash, Confirm{Total: len(ids)})
	if err != nil || r.Confirmed != len(ids) {
		for _, a := range r.Actions {
			if a.Outcome != outcomeConfirmed {
				t.Errorf("%q: %s, %s", short(a.Account.ID), a.Outcome, a.Why)
			}
		}
		t.Fatalf("%d of %d confirmed, %v", r.Confirmed, len(ids), err)
	}
	images := w.beforeImages()
	for _, id := range ids {
		demandSame(t, "the image before", id, images[id], sent[id])
		if u, ok := srv.User(id); !ok || u.Active {
			t.Errorf("%q is still active", short(id))
		}
	}
	if st := w.verify(); !st.OK {
		t.Errorf("the record does not verify: %s", st.Reason)
	}
	w.packKeeps(sent)
}

// packKeeps exports everything and wants each resource in it, byte for byte.
func (w *world) packKeeps(sent map[string][]byte) {
	w.t.Helper()
	file := filepath.Join(w.t.TempDir(), "pack.zip")
	info, err := w.app.Export(w.t.Context(), file, EntryFilter{})
	if err != nil {
		w.t.Fatal(err)
	}
	if r, err := Verify(w.t.Context(), file, info.Key, nil); err != nil || !r.OK {
		w.t.Fatalf("the pack does not verify: %+v, %v", r, err)
	}
	blobs := packBlobs(w.t, file)
	for id, raw := range sent {
		if !blobs[string(raw)] {
			w.t.Errorf("the pack does not hold what was sent of %q", short(id))
		}
	}
}

// packMember is one file of a pack.
func packMember(t *testing.T, file, name string) []byte {
	t.Helper()
	z, err := zip.OpenReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	f, err := z.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func packBlobs(t *testing.T, file string) map[string]bool {
	t.Helper()
	blobs := map[string]bool{}
	for line := range bytes.Lines(packMember(t, file, "openings.jsonl")) {
		var o struct {
			Blob []byte `json:"blob"`
		}
		if err := json.Unmarshal(line, &o); err != nil {
			t.Fatal(err)
		}
		blobs[string(o.Blob)] = true
	}
	return blobs
}

// asSent is the resource as the server sends it, without the password.
func asSent(t *testing.T, srv *scimtest.Server, id string) []byte {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, srv.URL+"/Users/"+url.PathEscape(id), nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+scimtest.Token)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%q: %d, %v", short(id), resp.StatusCode, err)
	}
	return bytes.Replace(b, []byte(`,"password":"hunter2"`), nil, 1)
}

func demandSame(t *testing.T, where, id string, got, want []byte) {
	t.Helper()
	if bytes.Equal(got, want) {
		return
	}
	at := 0
	for at < min(len(got), len(want)) && got[at] == want[at] {
		at++
	}
	t.Errorf("%s has %d bytes of %q and not the %d that were sent; from byte %d on %q, want %q",
		where, len(got), short(id), len(want), at, got[at:min(len(got), at+40)], want[at:min(len(want), at+40)])
}

func short(s string) string { return s[:min(len(s), 40)] }

// resource is the account's resource in the store.
func (w *world) resource(id string) []byte {
	w.t.Helper()
	var raw []byte
	err := w.app.store.Read(w.t.Context(), func(tx *db.Tx) error {
		return tx.SQL.QueryRowContext(w.t.Context(),
			`SELECT r.body FROM account AS a JOIN resource AS r ON r.id = a.resource WHERE a.scim_id = ? AND a.valid_to IS NULL`, id).Scan(&raw)
	})
	if err != nil {
		w.t.Fatalf("%q: %v", short(id), err)
	}
	return raw
}

// beforeImages are the images in the record, by account.
func (w *world) beforeImages() map[string][]byte {
	w.t.Helper()
	log, err := w.app.readLog(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	images := map[string][]byte{}
	err = log.Entries(context.Background(), 0, log.Size(), func(s audit.Stored) error {
		if s.Entry.Type != typeIntent {
			return nil
		}
		var d actionIntent
		if err := s.Decode(&d); err != nil {
			return err
		}
		images[d.Account.Value()] = d.Before.Bytes()
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return images
}
