package scim

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

func decodeOneUser(t *testing.T, raw string) (User, *BadResource) {
	t.Helper()
	p, err := decodePage([]byte(`{"Resources":[`+raw+`]}`), Users, usualLimits.elements)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.bad) == 1 {
		return User{}, &p.bad[0]
	}
	return p.users[0], nil
}

func TestDecodeUser(t *testing.T) {
	for name, tc := range map[string]struct {
		raw  string
		want User
	}{
		"usual": {
			`{"id":"1","userName":"u","externalId":"e","displayName":"d","emails":[{"value":"a@b","type":"work","primary":true},{"value":"c@d"}],"active":true,` +
				`"groups":[{"value":"g","display":"G"},{"value":"h","type":"Indirect"}],"meta":{"created":"c","lastModified":"m","version":"W/\"1\""}}`,
			User{ID: "1", UserName: "u", ExternalID: "e", DisplayName: "d", Emails: []Email{{"a@b", "work", true}, {Value: "c@d"}}, Active: ActiveTrue, RawActive: "true",
				Groups: []Membership{{"g", "G", true}, {"h", "", false}}, GroupsKnown: true, ETag: `W/"1"`},
		},
		"names in any case": {`{"ID":"1","USERNAME":"u","Active":false,"EMAILS":[{"Value":"a@b"}]}`, User{ID: "1", UserName: "u", Active: ActiveFalse, RawActive: "false", Emails: []Email{{Value: "a@b"}}}},
		"escaped names":     {`{"\u0069d":"1","\u0055serName":"u"}`, User{ID: "1", UserName: "u"}},
		"numbers":           {`{"id":12345678901234567890123,"userName":7,"externalId":9007199254740993}`, User{ID: "12345678901234567890123", UserName: "7", ExternalID: "9007199254740993"}},
		"plain emails":      {`{"id":"1","emails":["a@b",null,"","c@d"]}`, User{ID: "1", Emails: []Email{{Value: "a@b"}, {Value: "c@d"}}}},
		"one email":         {`{"id":"1","emails":{"value":"a@b","primary":"True"}}`, User{ID: "1", Emails: []Email{{Value: "a@b", Primary: true}}}},
		"empty entries":     {`{"id":"1","emails":[{"value":null},{},{"type":"work"}],"groups":[{"value":""},null]}`, User{ID: "1", GroupsKnown: true}},
		"null everywhere":   {`{"id":"1","userName":null,"emails":null,"groups":null,"meta":null,"name":null}`, User{ID: "1"}},
		"formatted name":    {`{"id":"1","name":{"formatted":"F","givenName":"G"}}`, User{ID: "1", DisplayName: "F"}},
		"name in parts":     {`{"id":"1","name":{"givenName":"G","familyName":"H"}}`, User{ID: "1", DisplayName: "G H"}},
		"flattened name":    {`{"id":"1","name.formatted":"F"}`, User{ID: "1", DisplayName: "F"}},
		"same key twice":    {`{"id":"1","id":"1","userName":"u","username":"u"}`, User{ID: "1", UserName: "u"}},
		"odd types":         {`{"id":"1","userName":{"a":1},"emails":7,"groups":"g","meta":[1],"name":"n"}`, User{ID: "1", Emails: []Email{{Value: "7"}}, Groups: []Membership{{"g", "", true}}, GroupsKnown: true}},
		"odd text":          {"{\"id\":\"1\",\"userName\":\"a\xff\\ud800\\u0000\"}", User{ID: "1", UserName: "a��\x00"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, bad := decodeOneUser(t, tc.raw)
			if bad != nil {
				t.Fatal(bad.Reason)
			}
			if string(got.Raw) != tc.raw {
				t.Errorf("raw %s, want %s", got.Raw, tc.raw)
			}
			got.Raw = nil
			if !reflect.DeepEqual(got, tc.want) {
				t.Errorf("got %+v\nwant %+v", got, tc.want)
			}
		})
	}
}

func TestDecodeActive(t *testing.T) {
	for raw, want := range map[string]Active{
		`true`: ActiveTrue, `"True"`: ActiveTrue, `"true "`: ActiveTrue, `1`: ActiveTrue, `"1"`: ActiveTrue,
		`false`: ActiveFalse, `"False"`: ActiveFalse, `0`: ActiveFalse,
		`null`: ActiveUnknown, `"yes"`: ActiveUnknown, `""`: ActiveUnknown, `2`: ActiveUnknown, `{}`: ActiveUnknown, `[true]`: ActiveUnknown,
	} {
		u, _ := decodeOneUser(t, `{"id":"1","active":`+raw+`}`)
		if u.Active != want || u.RawActive != raw {
			t.Errorf("%s: %v, raw %s", raw, u.Active, u.RawActive)
		}
	}
	if u, _ := decodeOneUser(t, `{"id":"1"}`); u.Active != ActiveUnknown || u.RawActive != "" {
		t.Errorf("absent: %v, raw %q", u.Active, u.RawActive)
	}
	if u, _ := decodeOneUser(t, `{"id":"1","active":true,"Active":false}`); u.Active != ActiveUnknown || u.RawActive != "true, false" {
		t.Errorf("twice: %v, raw %q", u.Active, u.RawActive)
	}
}

// TestUndecodable: what could be two accounts is none, and its page goes on.
func TestUndecodable(t *testing.T) {
	for raw, reason := range map[string]string{
		`{"userName":"u"}`:    "no id",
		`{"id":null}`:         "no id",
		`{"id":""}`:           "no id",
		`{"id":["1"]}`:        "no id",
		`{"id":"1","ID":"2"}`: "id twice",
		`{"id":"1","userName":"a","username":"b"}`:           "userName twice",
		`{"id":"1","externalId":"a","externalId":"b"}`:       "externalId twice",
		`{"id":"1","emails":[{"value":"a"}],"Emails":["b"]}`: "emails twice",
		`{"id":"1","groups":[{"value":"a"}],"groups":[]}`:    "groups twice",
		"{\"id\":\"a\xff\"}":                                 "not valid text",
		`{"id":"a\ud800"}`:                                   "not valid text",
		`"user"`:                                             "not an object",
		`null`:                                               "not an object",
		`[{"id":"1"}]`:                                       "not an object",
	} {
		p, err := decodePage([]byte(`{"Resources":[{"id":"first"},`+raw+`,{"id":"last"}],"totalResults":"3"}`), Users, usualLimits.elements)
		if err != nil || len(p.users) != 2 || len(p.bad) != 1 || p.received != 3 || *p.total != 3 {
			t.Errorf("%s: %+v, %v", raw, p, err)
			continue
		}
		if !strings.Contains(p.bad[0].Reason, reason) || string(p.bad[0].Raw) != raw {
			t.Errorf("%s: %q, raw %s", raw, p.bad[0].Reason, p.bad[0].Raw)
		}
	}
}

// TestBounds: an id that would not fit a record is refused, whole; the longest
// one that fits is taken.
func TestBounds(t *testing.T) {
	for name, tc := range map[string]struct {
		kind   Kind
		raw    string // with %s for the value
		most   int
		reason string
	}{
		"id":            {Users, `{"id":"%s"}`, 1024, "its id is longer than 1024 bytes"},
		"group's id":    {Users, `{"id":"1","groups":[{"value":"%s"}]}`, 1024, "an id in its lists is longer than 1024 bytes"},
		"id of a group": {Groups, `{"id":"%s"}`, 1024, "its id is longer"},
		"member":        {Groups, `{"id":"1","members":[{"value":"%s"}]}`, 1024, "an id in its lists is longer"},
		"plain member":  {Groups, `{"id":"1","members":["%s"]}`, 1024, "an id in its lists is longer"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, n := range []int{tc.most, tc.most + 1} {
				raw := strings.ReplaceAll(tc.raw, "%s", strings.Repeat("a", n))
				p, err := decodePage([]byte(`{"Resources":[{"id":"first"},`+raw+`,{"id":"last"}]}`), tc.kind, 10)
				if err != nil || p.received != 3 || len(p.bad) != n-tc.most || len(p.users)+len(p.groups) != 3-len(p.bad) {
					t.Errorf("%d characters: %d of %d were refused, %v", n, len(p.bad), p.received, err)
				}
				if len(p.bad) == 1 && !strings.Contains(p.bad[0].Reason, tc.reason) {
					t.Errorf("reason %q", p.bad[0].Reason)
				}
			}
		})
	}
}

// TestNamesAreCutAndMarked: what an account is matched by costs no list either, and
// tells where it was cut.
func TestNamesAreCutAndMarked(t *testing.T) {
	for name, tc := range map[string]struct {
		raw string // with %s for the value
		got func(User) string
	}{
		"userName":     {`{"id":"1","userName":"%s"}`, func(u User) string { return u.UserName }},
		"externalId":   {`{"id":"1","externalId":"%s"}`, func(u User) string { return u.ExternalID }},
		"second email": {`{"id":"1","emails":[{"value":"a@b"},{"value":"%s"}]}`, func(u User) string { return u.Emails[1].Value }},
		"plain email":  {`{"id":"1","emails":["%s"]}`, func(u User) string { return u.Emails[0].Value }},
	} {
		t.Run(name, func(t *testing.T) {
			whole := strings.Repeat("ß", 1000)
			for value, want := range map[string]string{whole: whole, whole + "x": whole + "…", whole + "…": whole + "…"} {
				raw := strings.ReplaceAll(tc.raw, "%s", value)
				u, bad := decodeOneUser(t, raw)
				if bad != nil || tc.got(u) != want || string(u.Raw) != raw {
					t.Errorf("%d characters: %v, %d bytes remain, want %d", utf8.RuneCountInString(value), bad, len(tc.got(u)), len(want))
				}
			}
		})
	}
}

// TestLabelsAreCut: what names nothing costs no resource, however long it is.
// It is cut between characters in the view, and kept whole in Raw.
func TestLabelsAreCut(t *testing.T) {
	const most = 1000
	long := strings.Repeat("ß", most-1) + "𝄞" + "ß"
	user := func(u User, _ Group) []string { return []string{u.DisplayName} }
	for name, tc := range map[string]struct {
		kind Kind
		raw  string // with %s for the value
		got  func(User, Group) []string
	}{
		"displayName":      {Users, `{"id":"1","displayName":"%s"}`, user},
		"formatted name":   {Users, `{"id":"1","name":{"formatted":"%s"}}`, user},
		"flattened name":   {Users, `{"id":"1","name.formatted":"%s"}`, user},
		"given name":       {Users, `{"id":"1","name":{"givenName":"%s"}}`, user},
		"family name":      {Users, `{"id":"1","name":{"familyName":"%s"}}`, user},
		"two names":        {Users, `{"id":"1","name":{"givenName":"%s","familyName":"%s"}}`, user},
		"email type":       {Users, `{"id":"1","emails":[{"value":"a@b","type":"%s"}]}`, func(u User, _ Group) []string { return []string{u.Emails[0].Type} }},
		"group's name":     {Users, `{"id":"1","groups":[{"value":"g","display":"%s"}]}`, func(u User, _ Group) []string { return []string{u.Groups[0].Display} }},
		"name of a group":  {Groups, `{"id":"1","displayName":"%s"}`, func(_ User, g Group) []string { return []string{g.DisplayName} }},
		"name of a member": {Groups, `{"id":"1","members":[{"value":"1","display":"%s","type":"%s"}]}`, func(_ User, g Group) []string { return []string{g.Members[0].Display, g.Members[0].Type} }},
	} {
		t.Run(name, func(t *testing.T) {
			raw := strings.ReplaceAll(tc.raw, "%s", long)
			p, err := decodePage([]byte(`{"Resources":[`+raw+`]}`), tc.kind, 10)
			if err != nil || len(p.users)+len(p.groups) != 1 {
				t.Fatalf("%v, refused: %v", err, p.bad)
			}
			u, g := append(p.users, User{})[0], append(p.groups, Group{})[0]
			for _, got := range tc.got(u, g) {
				if want := strings.TrimSuffix(long, "ß"); got != want {
					t.Errorf("%d bytes remain, want %d", len(got), len(want))
				}
			}
			if string(u.Raw)+string(g.Raw) != raw {
				t.Error("the resource itself was changed")
			}
		})
	}
	u, bad := decodeOneUser(t, `{"id":"1","active":"`+long+`"}`)
	if bad != nil || u.Active != ActiveUnknown || utf8.RuneCountInString(u.RawActive) != most {
		t.Errorf("active: %v, %v", bad, u.Active)
	}
}

// TestOddVersions: a version that could not be sent back as it is counts as none.
func TestOddVersions(t *testing.T) {
	for meta, want := range map[string]string{
		`{"version":"W/\"1\""}`:                           `W/"1"`,
		`{"version":"` + strings.Repeat("v", 1000) + `"}`: strings.Repeat("v", 1000),
		`{"version":"` + strings.Repeat("v", 1001) + `"}`: "",
		`{"version":7}`:           "",
		`{"version":{"a":1}}`:     "",
		`{"version":null}`:        "",
		`{"version":"a\u0000b"}`:  "",
		`{"version":"a\r\nX: 1"}`: "",
		"{\"version\":\"a\xff\"}": "",
		`null`:                    "",
		`[]`:                      "",
		`"x"`:                     "",
	} {
		u, bad := decodeOneUser(t, `{"id":"1","meta":`+meta+`}`)
		if bad != nil || u.ETag != want {
			t.Errorf("%.40s: %q, %v", meta, u.ETag, bad)
		}
	}
}

func TestPasswordsAreDropped(t *testing.T) {
	for raw, want := range map[string]string{
		`{"id":"1","password":"hunter2"}`:                              `{"id":"1"}`,
		`{"passWord" : {"a":[1]} , "id" : "1" }`:                       `{"id":"1"}`,
		`{"id":"1","p\u0061ssword":"hunter2","b":1.50}`:                `{"id":"1","b":1.50}`,
		`{"id":"1","urn:x":{"x":[{"password":"hunter2","y":2}]}}`:      `{"id":"1","urn:x":{"x":[{"y":2}]}}`,
		`{"id":"1","passwordPolicy":"none","note":"no password here"}`: `{"id":"1","passwordPolicy":"none","note":"no password here"}`,
		`{"id":"1", "note":"a\nb" }`:                                   ``,
	} {
		u, bad := decodeOneUser(t, raw)
		if bad != nil || strings.Contains(string(u.Raw), "hunter2") {
			t.Errorf("%s: %s, %v", raw, u.Raw, bad)
		}
		if want != "" && string(u.Raw) != want {
			t.Errorf("%s: raw %s, want %s", raw, u.Raw, want)
		}
	}
	p, _ := decodePage([]byte(`{"Resources":[{"password":"hunter2"}]}`), Users, usualLimits.elements)
	if string(p.bad[0].Raw) != `{}` {
		t.Errorf("undecodable: raw %s", p.bad[0].Raw)
	}
}

func TestDecodeGroup(t *testing.T) {
	p, err := decodePage([]byte(`{"resources":[{"id":7,"displayName":"G","members":[{"value":"a","type":"User"},{"value":null},"b",{"value":"a"}]},{"id":"8","members":null},{"id":"9","members":[]}]}`), Groups, usualLimits.elements)
	if err != nil || len(p.groups) != 3 {
		t.Fatalf("%+v, %v", p, err)
	}
	want := []Member{{Value: "a", Type: "User"}, {Value: "b"}, {Value: "a"}}
	if g := p.groups[0]; g.ID != "7" || !reflect.DeepEqual(g.Members, want) || !g.MembersKnown {
		t.Errorf("%+v", g)
	}
	if p.groups[1].MembersKnown || !p.groups[2].MembersKnown {
		t.Errorf("%+v", p.groups[1:])
	}
}

// page200 is a page of 200 users of usual size.
func page200() []byte {
	var b strings.Builder
	b.WriteString(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":200,"Resources":[`)
	for i := range 200 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"2819c223-7f76-453a-919d-41386190%04d","externalId":"E%d","userName":"user%d@example.com",`+
			`"displayName":"User %d","name":{"formatted":"User %d","givenName":"User","familyName":"%d"},"emails":[{"value":"user%d@example.com","type":"work","primary":true}],"active":true,`+
			`"groups":[{"value":"g1","display":"Staff","type":"direct"}],"meta":{"resourceType":"User","created":"2026-01-01T00:00:00Z","lastModified":"2026-01-01T00:00:00Z","location":"https://example.com/scim/v2/Users/%d"}}`,
			i, i, i, i, i, i, i, i)
	}
	b.WriteString("]}")
	return []byte(b.String())
}

func BenchmarkDecodePage(b *testing.B) {
	body := page200()
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		p, err := decodePage(body, Users, usualLimits.elements)
		if err != nil || len(p.users) != 200 {
			b.Fatal(err)
		}
	}
}
