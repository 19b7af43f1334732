package roster

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

var (
	bom8    = []byte("\xef\xbb\xbf")
	bom16le = []byte("\xff\xfe")
	bom16be = []byte("\xfe\xff")
)

// scan is what the first pass over the bytes found out.
type scan struct {
	sum       [32]byte
	bytes     int64
	head      []byte // the first bytes
	good, bad int64  // well-formed and broken multi-byte sequences of UTF-8
	tail      []byte // of a sequence that a block may have cut
	evenNULs  int64
	oddNULs   int64
}

const headSize = 4096

// scanBytes hashes the file and gathers what tells its encoding. All of it is
// read, because the first letter beyond ASCII may come late.
func scanBytes(ctx context.Context, r io.Reader) (scan, error) {
	var s scan
	h := sha256.New()
	buf := make([]byte, 64<<10)
	for {
		if err := ctx.Err(); err != nil {
			return s, err
		}
		n, err := io.ReadFull(r, buf)
		h.Write(buf[:n])
		s.block(buf[:n])
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			break
		}
		if err != nil {
			return s, err
		}
	}
	if len(s.tail) > 0 {
		s.bad++
	}
	h.Sum(s.sum[:0])
	return s, nil
}

func (s *scan) block(b []byte) {
	if len(s.head) < headSize {
		s.head = append(s.head, b[:min(len(b), headSize-len(s.head))]...)
	}
	for i, c := range b {
		if c == 0 && (s.bytes+int64(i))%2 == 0 {
			s.evenNULs++
		} else if c == 0 {
			s.oddNULs++
		}
	}
	s.bytes += int64(len(b))
	s.runes(append(s.tail, b...))
}

// runes counts the multi-byte sequences and keeps a cut one for later.
func (s *scan) runes(b []byte) {
	s.tail = nil
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		if !utf8.FullRune(b[i:]) {
			s.tail = bytes.Clone(b[i:])
			return
		}
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			s.bad++
		} else {
			s.good++
		}
		i += n
	}
}

// detect names the encoding. A file that is mostly proper UTF-8 with a few
// broken places is damaged UTF-8 and not Windows-1252, where each letter would
// be shown as two.
func (s *scan) detect() string {
	switch {
	case bytes.HasPrefix(s.head, bom8):
		return "utf-8"
	case bytes.HasPrefix(s.head, bom16le):
		return "utf-16le"
	case bytes.HasPrefix(s.head, bom16be):
		return "utf-16be"
	case s.oddNULs > s.bytes/8 && s.evenNULs < s.oddNULs/8:
		return "utf-16le"
	case s.evenNULs > s.bytes/8 && s.oddNULs < s.evenNULs/8:
		return "utf-16be"
	case s.bad == 0 || s.good > s.bad:
		return "utf-8"
	}
	return "windows-1252"
}

// CheckEncoding returns a [*FileError] for a name that no file can be read by.
func CheckEncoding(name string) error {
	_, _, err := lookup(name)
	return err
}

// lookup finds an encoding by any of its usual names; nil means UTF-8, which
// needs no decoder.
func lookup(name string) (string, encoding.Encoding, error) {
	e, err := htmlindex.Get(name)
	if err != nil || name == "replacement" || name == "x-user-defined" {
		return "", nil, &FileError{
			"The encoding " + quote(name) + " is not known.",
			"Use one such as utf-8, utf-16le, windows-1252 or iso-8859-15.",
		}
	}
	switch canonical, _ := htmlindex.Name(e); canonical {
	case "utf-8":
		return canonical, nil, nil
	case "utf-16le":
		return canonical, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), nil
	case "utf-16be":
		return canonical, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), nil
	default:
		return canonical, e, nil
	}
}

// decode gives the text of r as UTF-8 without a byte order mark. Broken bytes
// of other encodings come out as U+FFFD; those of UTF-8 stay as they are.
func decode(r io.Reader, e encoding.Encoding) *bufio.Reader {
	if e != nil {
		r = transform.NewReader(r, e.NewDecoder())
	}
	b := bufio.NewReaderSize(r, 64<<10)
	if p, _ := b.Peek(len(bom8)); bytes.Equal(p, bom8) {
		b.Discard(len(bom8)) // peeked: cannot fail
	}
	return b
}
