package roster

import "bytes"

// kinds are files that people take for a list, by how they begin.
var kinds = []struct{ begins, what string }{
	{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook"},
	{"%PDF-", "a PDF"},
	{"\x1f\x8b", "a compressed file"},
	{"\x89PNG", "a picture"},
	{"\xff\xd8\xff", "a picture"},
	{"GIF8", "a picture"},
	{"{\\rtf", "a text document"},
	{"\x7fELF", "a program"},
	{"MZ\x90", "a program"},
	{"SQLite format 3\x00", "a database"},
}

// otherThanText names what a file is that is no text, by its first bytes; "" is
// what may be text.
func otherThanText(head []byte) string {
	for _, k := range kinds {
		if bytes.HasPrefix(head, []byte(k.begins)) {
			return k.what
		}
	}
	if !bytes.HasPrefix(head, []byte("PK\x03\x04")) {
		return ""
	}
	has := func(part string) bool { return bytes.Contains(head, []byte(part)) }
	switch {
	case has("[Content_Types].xml"), has("xl/"):
		return "an Excel workbook"
	case has("opendocument.spreadsheet"):
		return "an OpenDocument spreadsheet"
	}
	return "a ZIP archive"
}
