package roster_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"rollcall/app/reconcile"
	"rollcall/app/roster"
)

// read reads a whole file; what was yielded counts only without an error.
func read(t testing.TB, data string, o roster.Options) ([]reconcile.Person, roster.Summary, error) {
	t.Helper()
	var people []reconcile.Person
	s, err := roster.Read(t.Context(), strings.NewReader(data), o, func(_ int, p reconcile.Person) error {
		people = append(people, p)
		return nil
	})
	if err != nil && len(people) > 0 {
		t.Errorf("%d people were yielded before the error", len(people))
	}
	return people, s, err
}

func mustRead(t testing.TB, data string, o roster.Options) ([]reconcile.Person, roster.Summary) {
	t.Helper()
	people, s, err := read(t, data, o)
	if err != nil {
		t.Fatalf("%v\n%.300s", err, data)
	}
	return people, s
}

func day(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

const german = "Personalnummer;Vorname;Name;E-Mail (geschäftlich);Kostenstelle;Status;Eintritt;Austritt\r\n" +
	"1042;Änne;Müller-Lüdenscheidt;aenne@halden.example;4711;aktiv;01.02.2020;\r\n" +
	"1043;Bo;Falk;bo@halden.example;4711;ausgetreten;01.02.2020;31.10.2026\r\n" +
	"1044;Cem;Öz;;4711;Elternzeit;01.02.2020;\r\n"

func encode(t *testing.T, e encoding.Encoding, s string) string {
	t.Helper()
	out, err := e.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestEncodings(t *testing.T) {
	want, _ := mustRead(t, german, roster.Options{})
	if len(want) != 3 || want[0].Name != "Änne Müller-Lüdenscheidt" {
		t.Fatalf("%+v", want)
	}
	le, be := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	tests := []struct{ name, data, told, detected string }{
		{"utf-8 with mark", "\ufeff" + german, "", "utf-8"},
		{"utf-16le with mark", encode(t, le, "\ufeff"+german), "", "utf-16le"},
		{"utf-16be with mark", encode(t, be, "\ufeff"+german), "", "utf-16be"},
		{"utf-16le without mark", encode(t, le, german), "", "utf-16le"},
		{"utf-16be without mark", encode(t, be, german), "", "utf-16be"},
		{"windows-1252", encode(t, charmap.Windows1252, german), "", "windows-1252"},
		{"windows-1252 told", encode(t, charmap.Windows1252, german), "cp1252", "windows-1252"},
		{"told over detected", encode(t, charmap.CodePage866, strings.Map(noUmlaut, german)), "ibm866", "ibm866"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, s := mustRead(t, tt.data, roster.Options{Encoding: tt.told})
			if s.Encoding != tt.detected || s.Delimiter != ';' || s.SHA256 != sha256.Sum256([]byte(tt.data)) || s.Bytes != int64(len(tt.data)) {
				t.Errorf("%+v", s)
			}
			if tt.told != "ibm866" && !reflect.DeepEqual(got, want) {
				t.Errorf("%+v", got)
			}
		})
	}
}

func noUmlaut(r rune) rune {
	if r > 127 {
		return 'x'
	}
	return r
}

// TestLateLetter puts the only letter beyond ASCII behind many blocks.
func TestLateLetter(t *testing.T) {
	var b strings.Builder
	b.WriteString("number,name\n")
	for i := range 20_000 {
		fmt.Fprintf(&b, "%d,Somebody\n", i)
	}
	people, s := mustRead(t, b.String()+"x,Ren\xe9e\n", roster.Options{})
	if s.Encoding != "windows-1252" || people[20_000].Name != "Renée" {
		t.Errorf("%s: %q", s.Encoding, people[20_000].Name)
	}
	_, _, err := read(t, b.String()+"x,Zoë Renée\ny,Ren\xe9e\n", roster.Options{})
	wantRows(t, err, roster.RowError{Line: 20_003, Column: "name", Text: "the value has bytes that are not text in this encoding"})
}

func TestShapes(t *testing.T) {
	anna := reconcile.Person{Number: "1", Name: "Berg, Anna", Emails: []string{"a@x.example"}, Status: reconcile.StatusActive}
	tests := []struct {
		name, data string
		delimiter  rune
	}{
		{"comma", "number,name,email\n1,\"Berg, Anna\",a@x.example\n", ','},
		{"semicolon", "number;name;email\n1;Berg, Anna;a@x.example\n", ';'},
		{"tab", "number\tname\temail\n1\tBerg, Anna\ta@x.example\n", '\t'},
		{"pipe", "number|name|email\n1|Berg, Anna|a@x.example\n", '|'},
		{"sep line", "sep=;\nnumber;name;email\n1;Berg, Anna;a@x.example\n", ';'},
		{"carriage returns", "number,name,email\r\n1,\"Berg, Anna\",a@x.example\r\n", ','},
		{"no last line break", "number,name,email\n1,\"Berg, Anna\",a@x.example", ','},
		{"empty rows", "\nnumber,name,email\n\n,,\n1,\"Berg, Anna\",a@x.example\n,,\n\n", ','},
		{"trailing delimiters", "number,name,email\n1,\"Berg, Anna\",a@x.example,,\n", ','},
		{"spaces around values", "number , name , email \n 1,\"Berg, Anna \",a@x.example \n", ','},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			people, s := mustRead(t, tt.data, roster.Options{})
			if s.Delimiter != tt.delimiter || s.Rows != 1 || !reflect.DeepEqual(people, []reconcile.Person{anna}) {
				t.Errorf("%q: %+v", s.Delimiter, people)
			}
		})
	}
}

func TestQuotedLineBreaksAndLines(t *testing.T) {
	var lines []int
	data := "number,name\n1,\"Anna\nBerg\"\n2,Bo\n"
	_, err := roster.Read(t.Context(), strings.NewReader(data), roster.Options{}, func(line int, _ reconcile.Person) error {
		lines = append(lines, line)
		return nil
	})
	if err != nil || !slices.Equal(lines, []int{2, 4}) {
		t.Errorf("lines %v, %v", lines, err)
	}
}

func TestHeadersByLanguage(t *testing.T) {
	want := []string{"number", "first", "last", "email", "username", "manager", "type", "status", "start", "end"}
	for _, header := range []string{
		"Employee ID,First Name,Last Name,Work Email,User name,Manager,Employment Type,Employment Status,Hire Date,Termination Date",
		"Personal-Nr.,Vorname,Nachname,E-Mail-Adresse,Benutzername,Vorgesetzter,Beschäftigungsart,Status,Eintrittsdatum,Austrittsdatum",
		"Matricule,Prénom,Nom,Adresse e-mail,Identifiant,Responsable hiérarchique,Type de contrat,Statut,Date d'entrée,Date de sortie",
		"Nº empleado,Nombre,Apellidos,Correo electrónico,Usuario,Jefe directo,Tipo de contrato,Estado,Fecha de alta,Fecha de baja",
		"Personeelsnummer,Voornaam,Achternaam,E-mailadres,Gebruikersnaam,Leidinggevende,Soort dienstverband,Status,Datum in dienst,Datum uit dienst",
		"Employee_No,first,last,mail,login,manager,type,status,start,end",
		"Employee #,First Name,Last Name,Work Email [required],Username,Supervisor,Employment Type,Status,Hire Date,Termination Date",
	} {
		_, s := mustRead(t, header+"\n7,A,B,a@x.example,ab,M,T,active,2020-01-01,\n", roster.Options{})
		var got []string
		for _, c := range s.Used {
			got = append(got, c.Field)
		}
		if !slices.Equal(got, want) || len(s.Dropped) > 0 {
			t.Errorf("%s: %v, dropped %v", header, got, s.Dropped)
		}
	}
}

// TestExportsOfHRSystems: the headers that some of them write.
func TestExportsOfHRSystems(t *testing.T) {
	for header, want := range map[string]string{
		"Employee ID,Legal Name,Preferred Name,Email - Work,Worker Status":   "number=Employee ID name=Preferred Name email=Email - Work status=Worker Status",
		"Employee ID,Legal Name,Email - Work,Worker Status":                  "number=Employee ID name=Legal Name email=Email - Work status=Worker Status",
		"Payroll Name,Associate ID,Position Status,Work Contact: Work Email": "name=Payroll Name number=Associate ID status=Position Status email=Work Contact: Work Email",
		"ID #,Email,Status": "number=ID # email=Email status=Status",
		"Employee ID #,First Name,Last Name,Legal Name,Email":                  "number=Employee ID # first=First Name last=Last Name email=Email",
		"User/Employee ID,Username,First Name,Last Name,Email,Employee Status": "number=User/Employee ID username=Username first=First Name last=Last Name email=Email status=Employee Status",
	} {
		_, s := mustRead(t, header+"\n"+strings.Repeat("x,", strings.Count(header, ","))+"\n", roster.Options{StatusMap: map[string]string{"x": "active"}})
		var got []string
		for _, c := range s.Used {
			got = append(got, c.Field+"="+c.Name)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %s", header, strings.Join(got, " "))
		}
	}
}

// TestRowNumbersAreNobodysNumber: a column "#" counts the rows of a sheet.
func TestRowNumbersAreNobodysNumber(t *testing.T) {
	people, _ := mustRead(t, "#,Employee #,Email\n1,77,a@x.example\n", roster.Options{})
	if people[0].Number != "77" {
		t.Errorf("read %q", people[0].Number)
	}
	_, err := roster.Read(t.Context(), strings.NewReader("#,Email\n1,a@x.example\n"), roster.Options{}, func(int, reconcile.Person) error { return nil })
	if err == nil {
		t.Error("rows were taken for numbers of people")
	}
}

func TestOnlyMappedColumnsAreKept(t *testing.T) {
	data := "number,Salary,name,email,Health\n1,SECRET1,Anna,a@x.example,SECRET2\n"
	people, s := mustRead(t, data, roster.Options{})
	if !slices.Equal(s.Dropped, []string{"Salary", "Health"}) || strings.Contains(fmt.Sprintf("%+v%+v", people, s), "SECRET") {
		t.Errorf("%+v %+v", people, s)
	}
}

func TestMapping(t *testing.T) {
	data := "Pers,Who,Main,Alias,Ext,Boss\n1,Anna,a@x.example,\"b@x.example; c@x.example\",E-1,2\n2,Bo,,,E-2,\n"
	people, s := mustRead(t, data, roster.Options{Source: "hr", Key: "Ext", Map: map[string]string{"name": "Who", "email": "Main|alias", "manager": "Boss"}})
	want := []reconcile.Person{
		{Source: "hr", Number: "E-1", Name: "Anna", Emails: []string{"a@x.example", "b@x.example", "c@x.example"}, Manager: "2", Status: reconcile.StatusActive},
		{Source: "hr", Number: "E-2", Name: "Bo", Status: reconcile.StatusActive},
	}
	if !reflect.DeepEqual(people, want) || !slices.Equal(s.Dropped, []string{"Pers"}) {
		t.Errorf("%+v\ndropped %v", people, s.Dropped)
	}
	_, s = mustRead(t, "number,name,email\n1,A,a@x.example\n", roster.Options{Map: map[string]string{"email": ""}})
	if !slices.Equal(s.Dropped, []string{"email"}) {
		t.Errorf("a column that is mapped away is used: %v", s.Used)
	}
}

func TestEmailByContent(t *testing.T) {
	people, s := mustRead(t, "number,name,Kontakt,Manager Mail\n1,A,a@x.example,m@x.example\n2,B,b@x.example,m@x.example\n", roster.Options{})
	if !slices.Equal(people[0].Emails, []string{"a@x.example"}) || len(s.Warnings) != 1 {
		t.Errorf("%v, %v", people[0].Emails, s.Warnings)
	}
	people, s = mustRead(t, "number,Kontakt,Privat\n1,a@x.example,m@x.example\n2,b@x.example,n@x.example\n", roster.Options{})
	if len(people[0].Emails) > 0 || len(s.Warnings) != 1 {
		t.Errorf("one of two was guessed: %v, %v", people[0].Emails, s.Warnings)
	}
}

func TestWarnings(t *testing.T) {
	tests := []struct{ name, data, want string }{
		{"wrong mail column", "number,email\n1,Anna\n2,b@x.example\n3,Cem\n", `2 of 3 values in column "email" have no @`},
		{"empty mail column", "number,email\n1,\n", `"email" is read as e-mail address and is empty`},
		{"no mail column", "number,name\n1,\n", "No column is read as e-mail address"},
		{"no status", "number,email,status\n1,a@x.example,\n", "1 row has no status; it counts as active."},
		{"inactive", "number,email,status\n1,a@x.example,Inactive\n", "1 row is inactive and read as left"},
		{"id", "id,email\n1,a@x.example\n", `"id" is read as employee number`},
	}
	for _, tt := range tests {
		_, s := mustRead(t, tt.data, roster.Options{})
		if len(s.Warnings) != 1 || !strings.Contains(s.Warnings[0], tt.want) {
			t.Errorf("%s: %q", tt.name, s.Warnings)
		}
	}
}

func TestStatus(t *testing.T) {
	tests := []struct {
		header, text string
		told         map[string]string
		want         reconcile.Status
	}{
		{"Status", "ACTIVE", nil, reconcile.StatusActive},
		{"Status", "On Leave", nil, reconcile.StatusOnLeave},
		{"Status", "in Elternzeit", nil, reconcile.StatusOnLeave},
		{"Status", "Pre-Hire", nil, reconcile.StatusPreHire},
		{"Status", "Onboarding", nil, reconcile.StatusPreHire},
		{"Employment Status", "Full-Time", nil, reconcile.StatusActive},
		{"Status", "Terminated", nil, reconcile.StatusLeft},
		{"Statut", "En congé", nil, reconcile.StatusOnLeave},
		{"Statut", "Sorti", nil, reconcile.StatusLeft},
		{"Estado", "Cesado", nil, reconcile.StatusLeft},
		{"Status", "Uit dienst", nil, reconcile.StatusLeft},
		{"Status", "3", map[string]string{"3": "active"}, reconcile.StatusActive},
		{"Status", "Inactive", map[string]string{"inactive": "On Leave"}, reconcile.StatusOnLeave},
		{"Status", "+", map[string]string{"+": "left"}, reconcile.StatusLeft},
		{"Status", "", map[string]string{"": "left"}, reconcile.StatusLeft},
		{"Aktiv", "ja", nil, reconcile.StatusActive},
		{"Active", "FALSE", nil, reconcile.StatusLeft},
	}
	for _, tt := range tests {
		people, _ := mustRead(t, "number,"+tt.header+"\n1,"+tt.text+"\n", roster.Options{StatusMap: tt.told})
		if people[0].Status != tt.want {
			t.Errorf("%s %q is %q, want %q", tt.header, tt.text, people[0].Status, tt.want)
		}
	}
}

func TestFileErrors(t *testing.T) {
	tests := []struct {
		name, data string
		o          roster.Options
		want       []string // in the message
	}{
		{"empty", "", roster.Options{}, []string{"empty"}},
		{"blank", "\n \n", roster.Options{}, []string{"empty"}},
		{"no people", "number,name\n", roster.Options{}, []string{"no people"}},
		{"no number", "Dept,Name\nx,Anna\n", roster.Options{}, []string{"employee number", `"Dept", "Name"`}},
		{"unknown column", "number,Name\n1,Anna\n", roster.Options{Map: map[string]string{"email": "Mail"}}, []string{`no column "Mail"`, `"number", "Name"`}},
		{"unknown key", "number,Name\n1,Anna\n", roster.Options{Key: "Nr"}, []string{`no column "Nr"`, `"number", "Name"`}},
		{"column twice", "number,Name,name\n1,A,B\n", roster.Options{Map: map[string]string{"name": "NAME"}}, []string{`2 columns named "NAME"`}},
		{"unknown field", "number,Name\n1,Anna\n", roster.Options{Map: map[string]string{"mail": "Name"}}, []string{`no field "mail"`, "email"}},
		{"unknown encoding", "number\n1\n", roster.Options{Encoding: "klingon"}, []string{`"klingon"`, "windows-1252"}},
		{"unknown state", "number\n1\n", roster.Options{StatusMap: map[string]string{"x": "gone"}}, []string{`"gone"`, "pre-hire"}},
		{"unknown zeros", "number\n1\n", roster.Options{Map: map[string]string{"zeros": "later"}}, []string{`"later"`, "zeros=no-date"}},
		{"unknown order", "number\n1\n", roster.Options{Map: map[string]string{"dates": "dmy"}}, []string{`"dmy"`, "day-first"}},
		{"dates unclear", "number,start\n1,05/05/2026\n2,03/04/2026\n", roster.Options{}, []string{"line 3", `"03/04/2026"`, "dates=day-first"}},
		{"dates disagree", "number,start\n1,30/11/2026\n2,11/30/2026\n", roster.Options{}, []string{"line 2", "line 3"}},
		{"told the wrong order", "number,start\n1,30/11/2026\n", roster.Options{DateOrder: roster.MonthFirst}, []string{"line 2", "day-first"}},
		{"header not text", "num\x00ber,name\n1,A\n", roster.Options{}, []string{"NUL"}},
	}
	for _, tt := range tests {
		_, _, err := read(t, tt.data, tt.o)
		var fe *roster.FileError
		if !errors.As(err, &fe) {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		for _, w := range tt.want {
			if !strings.Contains(fe.Error(), w) {
				t.Errorf("%s: %q does not say %q", tt.name, fe, w)
			}
		}
	}
}

func wantRows(t *testing.T, err error, want ...roster.RowError) {
	t.Helper()
	var re *roster.Errors
	if !errors.As(err, &re) || !slices.Equal(re.Rows, want) {
		t.Errorf("got  %v\nwant %v", err, want)
	}
}

// TestRowErrors tells everything at once.
func TestRowErrors(t *testing.T) {
	data := strings.Join([]string{
		"number,name,status,start,end",
		"1,Anna,active,2020-01-01,",
		"2,Bo,zombie,2020-02-30,soon",
		",Cem,active,2020-01-01,",
		"1 ,Dee,active,2020-01-01,",
		"5,Eve,active",
		"6,Flo,active,2020-01-01,,x",
		"7,Gus \"the\" Go,active,2020-01-01,",
		"8,H\x00,active,2020-01-01,",
		"n/a,Ida,active,20-01-01,2020-01-01T10:00:00Z",
		"9,Jo,active,2020-01-01,",
	}, "\n") + "\n"
	_, _, err := read(t, data, roster.Options{})
	wantRows(t, err,
		roster.RowError{Line: 3, Column: "status", Text: `the status "zombie" is not known; map it to active, on leave, pre-hire or left with --status-map`},
		roster.RowError{Line: 3, Column: "start", Text: `"2020-02-30" is not a date that exists`},
		roster.RowError{Line: 3, Column: "end", Text: `"soon" is not a date; write 2026-11-30`},
		roster.RowError{Line: 4, Column: "number", Text: "there is no value, and it is what identifies a person"},
		roster.RowError{Line: 5, Column: "number", Text: `"1" is on line 2 already`},
		roster.RowError{Line: 6, Text: "the row has 3 values and the header 5"},
		roster.RowError{Line: 7, Text: "the row has 6 values and the header 5"},
		roster.RowError{Line: 8, Text: `a value has a " in it but does not begin with one`},
		roster.RowError{Line: 9, Column: "name", Text: "the value has a NUL character in it"},
		roster.RowError{Line: 10, Column: "number", Text: "there is no value, and it is what identifies a person"},
		roster.RowError{Line: 10, Column: "start", Text: `"20-01-01" has no year of four digits`},
		roster.RowError{Line: 10, Column: "end", Text: `"2020-01-01T10:00:00Z" has a time of day; write the date alone`},
	)
	if !strings.Contains(err.Error(), "line 3, column status: ") || !strings.Contains(err.Error(), "12 errors") {
		t.Errorf("%v", err)
	}
}

func TestErrorsAreBounded(t *testing.T) {
	data := "number,status\n" + strings.Repeat(",zombie\n", 500)
	_, _, err := read(t, data, roster.Options{})
	var re *roster.Errors
	if !errors.As(err, &re) || len(re.Rows) != roster.MaxErrors || re.More != 900 {
		t.Errorf("%d rows and %d more", len(re.Rows), re.More)
	}
}

func TestLimits(t *testing.T) {
	long := strings.Repeat("x", roster.MaxValue)
	if people, _ := mustRead(t, "number,name\n1,"+long+"\n", roster.Options{}); people[0].Name != long {
		t.Error("the longest value was not kept")
	}
	_, _, err := read(t, "number,name\n1,"+long+"x\n", roster.Options{})
	wantRows(t, err, roster.RowError{Line: 2, Column: "name", Text: "the value is longer than 32 KiB"})
	_, _, err = read(t, "number,name\n1,A\n2,\"B"+strings.Repeat("x,1\n", roster.MaxRow/2), roster.Options{})
	wantRows(t, err, roster.RowError{Line: 3, Text: "the row is longer than 1 MiB; a quote may not be closed; reading ended here"})
	_, _, err = read(t, "number,email\n1,"+strings.Repeat("a@x ", 101)+"\n", roster.Options{})
	wantRows(t, err, roster.RowError{Line: 2, Column: "email", Text: "there are more than 100 addresses"})
}

// TestDataIsKept: what would be a formula in a spreadsheet is only text here.
func TestDataIsKept(t *testing.T) {
	for _, v := range []string{`=HYPERLINK("http://x")`, "+1", "-1", "@cmd", "<script>", "\u202egpj", "0042"} {
		people, _ := mustRead(t, "number,name\n\""+strings.ReplaceAll(v, `"`, `""`)+"\",\""+strings.ReplaceAll(v, `"`, `""`)+"\"\n", roster.Options{})
		if people[0].Name != v || people[0].Number != v {
			t.Errorf("%q became %q", v, people[0].Name)
		}
	}
}

func TestStops(t *testing.T) {
	boom := errors.New("boom")
	_, err := roster.Read(t.Context(), strings.NewReader("number\n1\n2\n"), roster.Options{}, func(int, reconcile.Person) error { return boom })
	if err != boom {
		t.Errorf("yield's error became %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = roster.Read(ctx, strings.NewReader("number\n1\n"), roster.Options{}, func(int, reconcile.Person) error { return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled read: %v", err)
	}
}

// changing is a file that somebody saves again while it is read.
type changing struct {
	*bytes.Reader
	data   []byte
	rounds int
}

func (c *changing) Seek(offset int64, whence int) (int64, error) {
	if c.rounds--; c.rounds == 0 {
		c.data[len(c.data)-2]++
	}
	return c.Reader.Seek(offset, whence)
}

func TestFileThatChanges(t *testing.T) {
	for round := 2; round <= 4; round++ {
		data := []byte("number\n1\n2\n")
		_, err := roster.Read(t.Context(), &changing{bytes.NewReader(data), data, round}, roster.Options{}, func(int, reconcile.Person) error { return nil })
		if !errors.Is(err, roster.ErrChanged) {
			t.Errorf("changed before reading it for the %d. time: %v", round, err)
		}
	}
}
