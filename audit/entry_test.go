package audit_test

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/mod/sumdb/tlog"
	"rollcall/audit"
)

func TestBodyForm(t *testing.T) {
	w := newWorld(t)
	s := w.append(audit.Draft{Type: "plan.created", Actor: audit.Text("ann"), Tenant: "t1", Ticket: "HD-1",
		Data: map[string]any{"z": 1, "a": []any{"ü", nil, true, 1.5}}})
	mark := string(s.Body[len(`{"actor":{"$personal":"`):][:64])
	want := `{"actor":{"$personal":"` + mark + `"},"data":{"a":["ü",null,true,1.5],"z":1},"log":"testlog","seq":0,` +
		`"target":null,"tenant":"t1","ticket":"HD-1","time":"2026-03-31T16:00:01.123Z","type":"plan.created","v":1}`
	if string(s.Body) != want {
		t.Errorf("body\n%s\nwant\n%s", s.Body, want)
	}
	if s.Leaf != tlog.RecordHash(s.Body) {
		t.Error("the leaf is not the hash of the body")
	}
	if s.V != 1 || s.Log != "testlog" || s.Type != "plan.created" || s.Tenant != "t1" || s.Ticket != "HD-1" ||
		s.Time.Format("15:04:05.000") != "16:00:01.123" || s.Actor.Value() != "ann" || !s.Target.IsZero() {
		t.Errorf("entry %+v", s.Entry)
	}
}

func TestRefusedDrafts(t *testing.T) {
	personal := strings.Repeat("x", audit.MaxPersonal+1)
	for _, test := range []struct {
		name  string
		draft audit.Draft
		want  error // nil: any
	}{
		{"no type", audit.Draft{}, audit.ErrType},
		{"type", audit.Draft{Type: "Plan created"}, audit.ErrType},
		{"type with empty word", audit.Draft{Type: "plan..created"}, audit.ErrType},
		{"long type", audit.Draft{Type: strings.Repeat("x", 65)}, audit.ErrType},
		{"data is a list", audit.Draft{Type: "x", Data: []int{1}}, audit.ErrData},
		{"data is null", audit.Draft{Type: "x", Data: (*noteData)(nil)}, audit.ErrData},
		{"too large", audit.Draft{Type: "x", Data: map[string]string{"a": strings.Repeat("x", audit.MaxBody)}}, audit.ErrTooLarge},
		{"personal too large", audit.Draft{Type: "x", Actor: audit.Text(personal)}, audit.ErrTooLarge},
		{"blob too large", audit.Draft{Type: "x", Data: noteData{Payload: audit.Bytes(make([]byte, audit.MaxBlob+1))}}, audit.ErrTooLarge},
		{"ticket not UTF-8", audit.Draft{Type: "x", Ticket: "\xff"}, nil},
		{"tenant not UTF-8", audit.Draft{Type: "x", Tenant: "\xff"}, nil},
		{"text not UTF-8", audit.Draft{Type: "x", Data: map[string]string{"a": "\xff"}}, nil},
		{"personal not UTF-8", audit.Draft{Type: "x", Target: audit.Text("\xff")}, audit.ErrText},
		{"no number", audit.Draft{Type: "x", Data: map[string]float64{"a": math.NaN()}}, nil},
		{"number too large", audit.Draft{Type: "x", Data: map[string]jsontext.Value{"a": jsontext.Value("1e999")}}, nil},
		{"names twice", audit.Draft{Type: "x", Data: jsontext.Value(`{"a":1,"a":2}`)}, nil},
		{"no JSON", audit.Draft{Type: "x", Data: jsontext.Value(`{`)}, nil},
		{"function", audit.Draft{Type: "x", Data: map[string]any{"a": func() {}}}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.fill(1)
			if _, err := w.log.Append(t.Context(), test.draft); err == nil || test.want != nil && !errors.Is(err, test.want) {
				t.Errorf("Append: %v, want %v", err, test.want)
			}
			if len(w.store.List) != 1 {
				t.Error("something was appended")
			}
			w.fill(1)
			wantOK(t, w.record())
		})
	}
}

func TestLargestBody(t *testing.T) {
	w := newWorld(t)
	empty := w.append(audit.Draft{Type: "x", Data: map[string]string{"a": ""}})
	room := audit.MaxBody - len(empty.Body)
	s := w.append(audit.Draft{Type: "x", Data: map[string]string{"a": strings.Repeat("x", room)}})
	if len(s.Body) != audit.MaxBody {
		t.Errorf("%d bytes, want %d", len(s.Body), audit.MaxBody)
	}
	if _, err := w.log.Append(t.Context(), audit.Draft{Type: "x", Data: map[string]string{"a": strings.Repeat("x", room+1)}}); !errors.Is(err, audit.ErrTooLarge) {
		t.Errorf("one byte more: %v, want ErrTooLarge", err)
	}
	wantOK(t, w.verify(w.pack(audit.PackOptions{}), audit.VerifyOptions{}))
}

// TestTooMuchBesideAnEntry: what lies beside one entry is bounded as a whole.
func TestTooMuchBesideAnEntry(t *testing.T) {
	w := newWorld(t)
	blobs := make([]audit.Blob, 5)
	for i := range blobs {
		blobs[i] = audit.Bytes(make([]byte, audit.MaxBlob))
	}
	_, err := w.log.Append(t.Context(), audit.Draft{Type: "x", Data: map[string]any{"all": blobs}})
	if !errors.Is(err, audit.ErrTooLarge) || len(w.store.List) != 0 {
		t.Errorf("80 MiB beside an entry: %v", err)
	}
}

// TestForgedCommitments: caller data that looks like a commitment is refused,
// so that nobody who can put JSON into an entry can claim an opening.
func TestForgedCommitments(t *testing.T) {
	w := newWorld(t)
	first := w.append(audit.Draft{Type: "x", Data: noteData{About: audit.Text("secret")}})
	digest := string(first.Data[strings.Index(string(first.Data), `$personal":"`)+len(`$personal":"`):][:64])
	for _, raw := range []string{
		`{"a":{"$personal":"` + digest + `"}}`,
		`{"a":{"$blob":"` + digest + `","size":1}}`,
		`{"a":{"\u0024personal":"` + digest + `"}}`,
		`{"$request":{}}`, `{"$ref":"x"}`, `{"a":[{"b":{"$":1}}]}`,
	} {
		for _, data := range []any{jsontext.Value(raw), map[string]any{"about": audit.Text("x"), "raw": jsontext.Value(raw)}} {
			if _, err := w.log.Append(t.Context(), audit.Draft{Type: "x", Data: data}); !errors.Is(err, audit.ErrReserved) {
				t.Errorf("%s: %v, want ErrReserved", raw, err)
			}
		}
	}
	// The same digest as an erased value that the entry really carries.
	w.store.Opened = map[audit.Digest]audit.Opening{}
	var erased noteData
	w.ok(w.log.Entries(t.Context(), 0, 1, func(s audit.Stored) error { return s.Decode(&erased) }))
	copied := jsontext.Value(`{"$personal":"` + digest + `"}`)
	if _, err := w.log.Append(t.Context(), audit.Draft{Type: "x", Data: map[string]any{"a": erased.About, "b": copied}}); !errors.Is(err, audit.ErrReserved) {
		t.Errorf("a copied commitment: %v, want ErrReserved", err)
	}
	// As text it is harmless.
	s := w.append(audit.Draft{Type: "x", Ticket: `{"$personal":"` + digest + `"}`, Data: map[string]string{"a": string(copied), "b": "$personal"}})
	if s.Erased() != 0 {
		t.Error("text was taken for a commitment")
	}
}

type numbers struct {
	I int64    `json:"i"`
	U uint64   `json:"u"`
	N int      `json:"n"`
	F float64  `json:"f"`
	P *int64   `json:"p"`
	L []uint64 `json:"l"`
	S int64    `json:"s,string"`
}

func TestLargeIntegers(t *testing.T) {
	w := newWorld(t)
	big := int64(math.MinInt64)
	in := numbers{I: 1<<53 - 1, U: math.MaxUint64, N: -(1<<53 - 1), F: 1e20, P: &big, L: []uint64{1 << 53, 7}, S: 5}
	s := w.append(audit.Draft{Type: "x", Data: in})
	want := `{"f":"100000000000000000000","i":9007199254740991,"l":["9007199254740992",7],"n":-9007199254740991,` +
		`"p":"-9223372036854775808","s":"5","u":"18446744073709551615"}`
	if string(s.Data) != want {
		t.Errorf("data\n%s\nwant\n%s", s.Data, want)
	}
	var out numbers
	w.ok(s.Decode(&out))
	if out.I != in.I || out.U != in.U || out.N != in.N || out.F != in.F || *out.P != *in.P || out.L[0] != in.L[0] || out.L[1] != 7 || out.S != 5 {
		t.Errorf("came back as %+v", out)
	}
}

func TestPersonalAndBlob(t *testing.T) {
	w := newWorld(t)
	in := noteData{N: 1, About: audit.Text(""), Payload: audit.Bytes([]byte{0, 0xff})}
	s := w.append(audit.Draft{Type: "x", Actor: audit.Text("ann"), Data: in})
	var out noteData
	w.ok(s.Decode(&out))
	if out.About.IsZero() || out.About.Erased() || out.About.Value() != "" {
		t.Error("an empty personal value is not a value any more")
	}
	if !bytes.Equal(out.Payload.Bytes(), []byte{0, 0xff}) || out.Payload.Size() != 2 {
		t.Errorf("payload %v", out.Payload.Bytes())
	}
	again := w.append(audit.Draft{Type: "x", Actor: audit.Text("ann"), Data: in})
	if bytes.Equal(s.Body[:90], again.Body[:90]) {
		t.Error("the same value has the same commitment twice")
	}
	if strings.Contains(string(s.Body), "ann") {
		t.Error("a personal value stands in the body")
	}
	var none noteData
	w.ok(w.append(audit.Draft{Type: "x", Data: noteData{}}).Decode(&none))
	if !none.About.IsZero() || !none.Payload.IsZero() {
		t.Errorf("zero values came back as %+v", none)
	}
	var wrong struct {
		About audit.Blob `json:"about"`
	}
	if err := s.Decode(&wrong); err == nil {
		t.Error("a personal value was decoded as a blob")
	}
}

// TestErasure: what is erased is gone for good, and everything still verifies.
func TestErasure(t *testing.T) {
	w := newWorld(t)
	w.fill(5)
	before := w.pack(audit.PackOptions{})
	erased := int64(0)
	for d, o := range w.store.Opened {
		if o.Seq == 2 {
			delete(w.store.Opened, d)
			erased++
		}
	}
	r := w.record()
	wantOK(t, r)
	if r.Erased != erased || erased != 3 {
		t.Errorf("%d erased, want %d", r.Erased, erased)
	}
	var s audit.Stored
	w.ok(w.log.Entries(t.Context(), 2, 3, func(e audit.Stored) error { s = e; return nil }))
	var data noteData
	w.ok(s.Decode(&data))
	if !s.Actor.Erased() || s.Actor.Value() != "" || !data.About.Erased() || !data.Payload.Erased() ||
		data.Payload.Bytes() != nil || data.Payload.Size() != 18 || s.Erased() != 3 {
		t.Errorf("after erasing: %+v", data)
	}
	opened, err := s.OpenedData()
	w.ok(err)
	if want := `{"about":{"erased":true},"n":2,"payload":{"erased":true,"size":18}}`; string(opened) != want {
		t.Errorf("opened data %s, want %s", opened, want)
	}
	pack := w.pack(audit.PackOptions{})
	r = w.verify(pack, audit.VerifyOptions{})
	wantOK(t, r)
	if r.Erased != 3 {
		t.Errorf("the pack says %d erased", r.Erased)
	}
	if r := w.verify(before, audit.VerifyOptions{}); !r.OK || r.Erased != 0 {
		t.Errorf("the earlier pack: %+v", r)
	}
	// Appended again it stays the same closed commitment.
	again := w.append(audit.Draft{Type: "x", Actor: s.Actor, Data: data})
	if !again.Actor.Erased() || again.Erased() != 3 {
		t.Errorf("appended again: %+v", again.Entry)
	}
	wantOK(t, w.record())
}

func TestOpenedData(t *testing.T) {
	w := newWorld(t)
	large := `{"a":"` + strings.Repeat("x", 20_000) + `"}`
	for _, test := range []struct{ payload, want string }{
		{`{"b": [1, 2]}`, `{"json":{"b":[1,2]},"size":13}`},
		{`not json`, `{"size":8}`},
		{`{"a":1,"a":2}`, `{"size":13}`},
		{"\"\xff\"", `{"size":3}`},
		{``, `{"size":0}`},
		{large, `{"size":20008}`},
	} {
		s := w.append(audit.Draft{Type: "x", Data: noteData{N: 7, About: audit.Text("a\"b"), Payload: audit.Bytes([]byte(test.payload))}})
		got, err := s.OpenedData()
		w.ok(err)
		if want := `{"about":"a\"b","n":7,"payload":` + test.want + `}`; string(got) != want {
			t.Errorf("opened data %s, want %s", got, want)
		}
	}
	s, _, err := w.log.AppendIntent(t.Context(), audit.Draft{Type: "x"}, request())
	w.ok(err)
	got, err := s.OpenedData()
	w.ok(err)
	if !strings.HasPrefix(string(got), `{"$request":{"body":"44136fa3`) || !strings.Contains(string(got), `"path":"/Users/42"`) {
		t.Errorf("opened intent %s", got)
	}
}

// TestForeignBodies: what a body must be, whoever wrote it.
func TestForeignBodies(t *testing.T) {
	good := string(newWorld(t).append(audit.Draft{Type: "x"}).Body)
	if err := audit.CheckBody([]byte(good)); err != nil {
		t.Fatal(err)
	}
	zeros := strings.Repeat("0", 64)
	for _, test := range []struct{ name, old, new, reason string }{
		{"space", `"v":1`, `"v": 1`, audit.ReasonEntry},
		{"order", `"tenant":"","ticket":""`, `"ticket":"","tenant":""`, audit.ReasonEntry},
		{"unknown member", `"v":1`, `"v":1,"w":1`, audit.ReasonEntry},
		{"member missing", `"tenant":"",`, ``, audit.ReasonEntry},
		{"twice", `"v":1`, `"v":1,"v":1`, audit.ReasonEntry},
		{"no version", `"v":1`, `"v":0`, audit.ReasonEntry},
		{"later version", `"v":1`, `"v":2`, audit.ReasonVersion},
		{"other log", `testlog`, `other`, audit.ReasonOrder},
		{"other place", `"seq":0`, `"seq":1`, audit.ReasonOrder},
		{"time zone", `.123Z`, `.123+00:00`, audit.ReasonEntry},
		{"time precision", `.123Z`, `.12Z`, audit.ReasonEntry},
		{"data", `"data":{}`, `"data":[]`, audit.ReasonEntry},
		{"type", `"type":"x"`, `"type":"X"`, audit.ReasonEntry},
		{"reserved name", `"data":{}`, `"data":{"$x":1}`, audit.ReasonEntry},
		{"short digest", `"data":{}`, `"data":{"a":{"$personal":"00"}}`, audit.ReasonEntry},
		{"zero digest", `"data":{}`, `"data":{"a":{"$personal":"` + zeros + `"}}`, audit.ReasonEntry},
		{"commitment with more", `"data":{}`, `"data":{"a":{"$personal":"1` + zeros[1:] + `","x":1}}`, audit.ReasonEntry},
		{"commitment behind more", `"data":{}`, `"data":{"a":{"!":1,"$personal":"1` + zeros[1:] + `"}}`, audit.ReasonEntry},
		{"blob without size", `"data":{}`, `"data":{"a":{"$blob":"1` + zeros[1:] + `"}}`, audit.ReasonEntry},
		{"blob of negative size", `"data":{}`, `"data":{"a":{"$blob":"1` + zeros[1:] + `","size":-1}}`, audit.ReasonEntry},
	} {
		t.Run(test.name, func(t *testing.T) {
			bad := strings.Replace(good, test.old, test.new, 1)
			var damage *audit.DamageError
			if err := audit.CheckBody([]byte(bad)); !errors.As(err, &damage) || damage.Reason != test.reason {
				t.Errorf("%s\n%v, want %q", bad, err, test.reason)
			}
		})
	}
}

func TestTableCells(t *testing.T) {
	for in, want := range map[string][2]string{ // of version 2 and 1
		"plain": {"plain", "plain"}, "": {"", ""}, "a,b": {`"a,b"`, `"a,b"`}, `a"b`: {`"a""b"`, `"a""b"`},
		"a\nb": {`a\u000ab`, "\"a\nb\""}, "=1+1": {"'=1+1", "'=1+1"}, "+1": {"'+1", "'+1"}, "-1": {"'-1", "'-1"}, "@x": {"'@x", "'@x"},
		"\t=1": {`\u0009=1`, "'\t=1"}, "  =1": {"'  =1", "'  =1"}, "\u00a0=1": {"'\u00a0=1", "'\u00a0=1"}, "\ra": {`\u000da`, "\"'\ra\""},
		"＝1": {"'＝1", "'＝1"}, "a=1": {"a=1", "a=1"}, "\ufeff=1": {`\ufeff=1`, "'\ufeff=1"}, "\xff": {"\uFFFD", "\uFFFD"},
		`=cmd|' /C calc'!A0`: {`'=cmd|' /C calc'!A0`, `'=cmd|' /C calc'!A0`},
		"\x1b[31mred":        {`\u001b[31mred`, "\x1b[31mred"}, "nul\x00\x7f\u009b": {`nul\u0000\u007f\u009b`, "nul\x00\x7f\u009b"},
		"a\u202egpj\u2066\u200b": {`a\u202egpj\u2066\u200b`, "a\u202egpj\u2066\u200b"}, "\U000e0041": {`\udb40\udc41`, "\U000e0041"},
		"\u202e=1": {`\u202e=1`, "\u202e=1"}, "Zoë 李 🧑": {"Zoë 李 🧑", "Zoë 李 🧑"}, "\U0010ffff": {"\U0010ffff", "\U0010ffff"},
	} {
		if got := audit.Cell(in); got != want[0] {
			t.Errorf("Cell(%q) = %q, want %q", in, got, want[0])
		}
		if got := audit.CellV1(in); got != want[1] {
			t.Errorf("CellV1(%q) = %q, want %q", in, got, want[1])
		}
	}
}

// What acts or shows nothing in the Unicode that this program knows is escaped,
// but for signs that are drawn.
func TestNoCellSteers(t *testing.T) {
	drawn := []rune{0x0600, 0x0601, 0x0602, 0x0603, 0x0604, 0x0605, 0x06dd, 0x070f, 0x0890, 0x0891, 0x08e2, 0x110bd, 0x110cd}
	for r := rune(0); r <= unicode.MaxRune; r++ {
		acts := unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
		if got := audit.Cell("a" + string(r)); acts && strings.HasSuffix(got, string(r)) != slices.Contains(drawn, r) {
			t.Errorf("%U becomes %q", r, got)
		}
	}
}
