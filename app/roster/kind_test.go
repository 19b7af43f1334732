package roster_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"strings"
	"testing"

	"rollcall/app/roster"
)

// What is no text is told as what it is, to people and to members alike.
func TestFilesThatAreNoText(t *testing.T) {
	for _, tc := range []struct{ name, content, what string }{
		{"workbook", zipOf(t, "[Content_Types].xml", "xl/workbook.xml"), "an Excel workbook"},
		{"workbook of another writer", zipOf(t, "docProps/app.xml", "xl/workbook.xml"), "an Excel workbook"},
		{"spreadsheet", "PK\x03\x04\x14\x00mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "an OpenDocument spreadsheet"},
		{"archive", zipOf(t, "people.csv"), "a ZIP archive"},
		{"old workbook", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600), "an old Excel workbook"},
		{"PDF", "%PDF-1.7\n%\xe2\xe3", "a PDF"},
		{"picture", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "a picture"}, {"photograph", "\xff\xd8\xff\xe0", "a picture"},
		{"letter", `{\rtf1\ansi}`, "a text document"}, {"database", "SQLite format 3\x00\x10", "a database"},
		{"compressed", "\x1f\x8b\x08\x00", "a compressed file"},
	} {
		people, err := roster.LookPeople(t.Context(), strings.NewReader(tc.content), roster.Options{})
		if err != nil {
			t.Fatal(err)
		}
		members, err := roster.LookMembers(t.Context(), strings.NewReader(tc.content), roster.MemberOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for _, got := range []error{people.Err, members.Err} {
			var bad *roster.FileError
			if !errors.As(got, &bad) || bad.Text != "The file is "+tc.what+" and not CSV." || bad.Do != "Save it as CSV (UTF-8) and give that file." {
				t.Errorf("%s: %v", tc.name, got)
			}
		}
	}
	if l, err := roster.LookPeople(t.Context(), strings.NewReader("PK,number\n1,2\n"), roster.Options{}); err != nil || l.Err != nil {
		t.Errorf("a text: %v, %v", err, l.Err)
	}
}

func zipOf(t *testing.T, names ...string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, n := range names {
		if _, err := z.Create(n); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
