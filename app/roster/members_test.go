package roster

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"rollcall/app/reconcile"
	"rollcall/test/bounds"
)

func readMembers(t *testing.T, text string, o MemberOptions) ([]Member, MemberSummary, error) {
	t.Helper()
	var all []Member
	sum, err := ReadMembers(t.Context(), strings.NewReader(text), o, func(_ int, m Member) error {
		all = append(all, m)
		return nil
	})
	return all, sum, err
}

func TestMembersRead(t *testing.T) {
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String("E-Mail\tName\nzoë@x.example\tZoë\n")
	if err != nil {
		t.Fatal(err)
	}
	latin, err := charmap.Windows1252.NewEncoder().String("E-Mail;Name\nzoë@x.example;Zoë\n")
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name, text string
		o          MemberOptions
		want, key  string
	}{
		{"id first", "User ID,Username,Email\nU1,bob,Bob@x.example\n", MemberOptions{}, "U1 bob [Bob@x.example] unknown", "id"},
		{"user name next", "Login,Email\nBob,b@x.example\n", MemberOptions{}, "bob Bob [b@x.example] unknown", "username"},
		{"e-mail last", "Full name,Email\nBob,Bob@X.example\n", MemberOptions{}, "bob@x.example Bob@X.example [Bob@X.example] unknown", "email"},
		{"e-mail by content", "Who,Where\nbob@x.example,here\nann@x.example,there\n", MemberOptions{}, "bob@x.example bob@x.example [bob@x.example] unknown", "email"},
		{"remarks in brackets", "Email Address [Required],Employee ID,Status [READ ONLY]\nb@x.example,7,Archived\n", MemberOptions{}, "b@x.example b@x.example [b@x.example] inactive", "email"},
		{"a number sign", "User ID #,Email\nU1,b@x.example\n", MemberOptions{}, "U1 b@x.example [b@x.example] unknown", "id"},
		{"id alone", "id\nU1\n", MemberOptions{}, "U1 U1 [] unknown", "id"},
		{"mapped", "Konto,Post\nU1,b@x.example\n", MemberOptions{Map: map[string]string{"id": "Konto", "email": "Post"}}, "U1 b@x.example [b@x.example] unknown", "id"},
		{"mapped away", "id,email\n1,b@x.example\n", MemberOptions{Map: map[string]string{"id": ""}}, "b@x.example b@x.example [b@x.example] unknown", "email"},
		{"kept key", "id,email\n1,b@x.example\n", MemberOptions{Key: "email"}, "b@x.example b@x.example [b@x.example] unknown", "email"},
		{"utf-16", utf16, MemberOptions{}, "zoë@x.example zoë@x.example [zoë@x.example] unknown", "email"},
		{"windows-1252", latin, MemberOptions{}, "zoë@x.example zoë@x.example [zoë@x.example] unknown", "email"},
		{"sep line", "sep=;\nEmail;Active\nb@x.example;yes\n", MemberOptions{}, "b@x.example b@x.example [b@x.example] active", "email"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			all, sum, err := readMembers(t, c.text, c.o)
			if err != nil || len(all) == 0 {
				t.Fatalf("%d accounts, %v", len(all), err)
			}
			m := all[0]
			if got := fmt.Sprintf("%s %s %v %s", m.ID, m.UserName, m.Emails, m.Active); got != c.want || sum.Key != c.key {
				t.Errorf("got %q by %s, want %q by %s", got, sum.Key, c.want, c.key)
			}
		})
	}
}

func TestMemberStatus(t *testing.T) {
	cases := []struct {
		header, text string
		want         reconcile.Active // "" is an error
	}{
		{"Status", "Active", reconcile.ActiveTrue}, {"Status", "Deactivated", reconcile.ActiveFalse}, {"Status", "Invited", reconcile.ActiveTrue},
		{"Account status", "gesperrt", reconcile.ActiveFalse}, {"Status", "", reconcile.ActiveUnknown}, {"Status", "yes", ""}, {"Status", "dancing", ""},
		{"Active", "yes", reconcile.ActiveTrue}, {"Active", "0", reconcile.ActiveFalse}, {"Enabled", "FALSE", reconcile.ActiveFalse},
		{"Suspended", "true", reconcile.ActiveFalse}, {"Suspended", "no", reconcile.ActiveTrue}, {"Is Deactivated", "x", reconcile.ActiveFalse},
		{"Status", "frozen", reconcile.ActiveFalse}, {"Status", "locked", reconcile.ActiveTrue}, {"User state", "LOCKED_OUT", reconcile.ActiveTrue},
		{"Status [READ ONLY]", "Suspended", reconcile.ActiveFalse}, {"Active [yes/no]", "no", reconcile.ActiveFalse},
		{"status", "Primary Owner", reconcile.ActiveTrue}, {"status", "Multi-Channel Guest", reconcile.ActiveTrue}, {"status", "PASSWORD_EXPIRED", reconcile.ActiveTrue},
		{"Block credential", "True", reconcile.ActiveFalse}, {"state", "ldap_blocked", reconcile.ActiveFalse},
		{"Locked", "yes", reconcile.ActiveUnknown}, {"Is locked", "no", reconcile.ActiveUnknown}, {"Blocked", "yes", reconcile.ActiveFalse},
	}
	for _, c := range cases {
		all, _, err := readMembers(t, "Email,"+c.header+"\nb@x.example,"+c.text+"\n", MemberOptions{StatusMap: map[string]string{"frozen": "inactive"}})
		var rows *Errors
		if c.want == "" {
			if !errors.As(err, &rows) || rows.Rows[0].Line != 2 || rows.Rows[0].Column != c.header {
				t.Errorf("%s %q: %v", c.header, c.text, err)
			}
			continue
		}
		if err != nil || all[0].Active != c.want {
			t.Errorf("%s %q: %+v, %v", c.header, c.text, all, err)
		}
	}
	closes := MemberOptions{Map: map[string]string{"status": "Locked"}, StatusMap: map[string]string{"yes": "inactive", "no": "active"}}
	if all, _, err := readMembers(t, "Email,Locked\nb@x.example,yes\n", closes); err != nil || all[0].Active != reconcile.ActiveFalse {
		t.Errorf("a lock that closes: %+v, %v", all, err)
	}
	if _, _, err := readMembers(t, "Email\nb@x.example\n", MemberOptions{StatusMap: map[string]string{"a": "left"}}); err == nil {
		t.Error("a state that accounts do not have was taken")
	}
}

// A text that is not known yet is no missing status.
func TestMembersWithoutStatus(t *testing.T) {
	for text, want := range map[string]string{
		"u1,active\nu2,frozen\n":          "",
		"u1,active\nu2,\n":                "1 row has no status; it counts as active.",
		"u1, \nu2,\nu3,frozen\nu4,gone\n": "2 rows have no status; each counts as active.",
	} {
		look, err := LookMembers(t.Context(), strings.NewReader("User name,Status\n"+text), MemberOptions{})
		if err != nil {
			t.Fatal(err)
		}
		got := slices.DeleteFunc(look.Warnings, func(w string) bool { return !strings.Contains(w, "status") })
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestMemberGroups(t *testing.T) {
	text := "Email,Role,Teams,Last seen\nb@x.example,Admin,\"Red, Blue; Green ;Green\",never\nc@x.example,,\"Red,Blue\",\n"
	all, sum, err := readMembers(t, text, MemberOptions{})
	if err != nil || sum.Groups || len(all[0].Groups) != 0 || all[0].LastSeen != "" || fmt.Sprint(sum.Dropped) != "[Role Teams Last seen]" {
		t.Errorf("unmapped: %+v, %+v, %v", all, sum, err)
	}
	for mapping, want := range map[string]string{
		"Role": "[Admin] []", "Teams": "[Green Red, Blue] [Blue Red]", "Role|Teams": "[Role: Admin Teams: Green Teams: Red, Blue] [Teams: Blue Teams: Red]",
	} {
		all, sum, err := readMembers(t, text, MemberOptions{Map: map[string]string{"groups": mapping, "lastseen": "Last seen"}})
		if err != nil || !sum.Groups || all[0].LastSeen != "never" {
			t.Fatalf("%s: %+v, %v", mapping, sum, err)
		}
		if got := fmt.Sprint(all[0].Groups, " ", all[1].Groups); got != want {
			t.Errorf("%s: %s, want %s", mapping, got, want)
		}
	}
}

// A header that means two things would be read by chance.
func TestMemberHeadersAreClear(t *testing.T) {
	first := map[string]string{}
	for f, list := range memberHeaders {
		for w := range words(list) {
			if other, ok := first[w]; ok {
				t.Errorf("%q is %s and %s", w, other, f)
			}
			first[w] = f
		}
	}
	for _, want := range [][2]string{{"userid", fID}, {"login", fUserName}, {"email", fEmail}, {"externalid", fNumber}, {"status", fStatus}} {
		if memberHeader[want[0]] != want[1] {
			t.Errorf("%s is read as %q", want[0], memberHeader[want[0]])
		}
	}
	for h := range asking {
		if memberHeader[h] != fStatus {
			t.Errorf("%s asks and is no status", h)
		}
	}
}

// A file that is exchanged while it is read yields nothing that was not checked.
func TestMembersThatChange(t *testing.T) {
	r := &changing{Reader: strings.NewReader("Email\nb@x.example\n"), next: "Email\nc@x.example\n"}
	_, err := ReadMembers(t.Context(), r, MemberOptions{}, func(int, Member) error { return nil })
	if !errors.Is(err, ErrChanged) {
		t.Errorf("error %v", err)
	}
}

// changing is another file from its third rewinding on.
type changing struct {
	*strings.Reader
	next  string
	seeks int
}

func (c *changing) Seek(offset int64, whence int) (int64, error) {
	if c.seeks++; c.seeks == 4 {
		c.Reader = strings.NewReader(c.next)
	}
	return c.Reader.Seek(offset, whence)
}

// FuzzReadMembers: no file panics, and either all of it is read or nobody is
// yielded.
func FuzzReadMembers(f *testing.F) {
	for _, seed := range []string{
		"Email,Name,Status,Groups\na@x,A,Active,g1;g2\n", "\ufeffid;username;active\n1;a;yes\n2;b;no\n", "\xff\xfee\x00m\x00a\x00i\x00l\x00\n\x00",
		"username,status\na,\nb,zombie\n", "email\n\"never closed\n", "id,id\n1,2\n", "email,name\na@x,\x00\n", "sep=|\nemail|last seen\na@x|2026-01-01\n",
	} {
		f.Add([]byte(seed), "", "")
	}
	f.Add([]byte("a,b\nx@y,2\n"), "email", "windows-1252")
	f.Fuzz(func(t *testing.T, data []byte, key, encoding string) {
		n := 0
		var s MemberSummary
		var err error
		bounds.Memory(t, len(data), 8<<20, 512, func() {
			s, err = ReadMembers(t.Context(), bytes.NewReader(data), MemberOptions{Key: key, Encoding: encoding}, func(int, Member) error {
				n++
				return nil
			})
		})
		var fe *FileError
		var re *Errors
		switch {
		case err == nil && n != s.Rows:
			t.Errorf("%d members of %d rows", n, s.Rows)
		case err != nil && n > 0:
			t.Errorf("%d members and %v", n, err)
		case err != nil && !errors.As(err, &fe) && !errors.As(err, &re):
			t.Errorf("an error of another kind: %v", err)
		}
	})
}
