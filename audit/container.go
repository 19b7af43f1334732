package audit

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"hash/crc32"
	"io"
	"math"
)

// Members of a pack, in the order in which they lie in the file.
const (
	nameReadme     = "README.txt"
	nameTable      = "entries.csv"
	nameBodies     = "entries.jsonl"
	nameOpenings   = "openings.jsonl"
	nameChosen     = "chosen.txt"
	nameLeaves     = "leaf-hashes.bin"
	nameCheckpoint = "checkpoint.txt"
	nameKey        = "key.txt"
	nameManifest   = "manifest.txt"
)

var packNames = [...]string{nameReadme, nameTable, nameBodies, nameOpenings, nameChosen,
	nameLeaves, nameCheckpoint, nameKey, nameManifest}

// The container is a zip file with one possible form: members stored, in a
// fixed order, every other field fixed. Sizes are 32 bits wide.
const (
	zipVersion  = 20
	zipMadeBy   = 3<<8 | zipVersion // Unix, so that the mode counts
	zipDate     = 0<<9 | 1<<5 | 1   // 1 January 1980, the first that zip can write
	zipMode     = 0o100644 << 16
	zipEndBytes = 22
	maxPack     = math.MaxUint32
)

// member is one file of the container.
type member struct {
	name   string
	size   int64
	crc    uint32
	sum    [32]byte // SHA-256
	offset int64    // of the local header
}

func (m member) head() []byte {
	b := binary.LittleEndian.AppendUint32(nil, 0x04034b50)
	b = binary.LittleEndian.AppendUint16(b, zipVersion)
	b = m.common(b)
	return append(b, m.name...)
}

// common is what local header and directory share: flags to extra length.
func (m member) common(b []byte) []byte {
	for _, field := range []uint16{0, 0, 0, zipDate} { // flags, stored, time, date
		b = binary.LittleEndian.AppendUint16(b, field)
	}
	for _, field := range []uint32{m.crc, uint32(m.size), uint32(m.size)} {
		b = binary.LittleEndian.AppendUint32(b, field)
	}
	b = binary.LittleEndian.AppendUint16(b, uint16(len(m.name)))
	return binary.LittleEndian.AppendUint16(b, 0)
}

// tail is the directory and the end record that follow the last member.
func tail(members []member) []byte {
	var b []byte
	for _, m := range members {
		b = binary.LittleEndian.AppendUint32(b, 0x02014b50)
		b = binary.LittleEndian.AppendUint16(b, zipMadeBy)
		b = binary.LittleEndian.AppendUint16(b, zipVersion)
		b = m.common(b)
		b = append(b, make([]byte, 6)...) // comment, disk, internal attributes
		b = binary.LittleEndian.AppendUint32(b, zipMode)
		b = binary.LittleEndian.AppendUint32(b, uint32(m.offset))
		b = append(b, m.name...)
	}
	start, n := end(members), len(b)
	b = binary.LittleEndian.AppendUint32(b, 0x06054b50)
	b = append(b, 0, 0, 0, 0)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(members)))
	b = binary.LittleEndian.AppendUint16(b, uint16(len(members)))
	b = binary.LittleEndian.AppendUint32(b, uint32(n))
	b = binary.LittleEndian.AppendUint32(b, uint32(start))
	return append(b, 0, 0)
}

// end is where the directory begins.
func end(members []member) int64 {
	at := int64(0)
	for _, m := range members {
		at += int64(len(m.head())) + m.size
	}
	return at
}

// place sets the offsets and says whether the container fits its limits.
func place(members []member) bool {
	at := int64(0)
	for i := range members {
		members[i].offset = at
		at += int64(len(members[i].head())) + members[i].size
	}
	return at+int64(len(tail(members))) <= maxPack
}

// parts are the members' contents in a file.
type parts map[string]*io.SectionReader

// readContainer takes the file apart. Every byte outside the contents is
// compared with the one that belongs there, so exact is true only for the one
// form that a pack has. Else it tries to find the members in spite of that, to
// say where the damage is; parts is nil where they cannot be found.
func readContainer(r io.ReaderAt, size int64) (p parts, members []member, exact bool, err error) {
	if p, members, err = readExact(r, size); p != nil || err != nil {
		return p, members, true, err
	}
	return readLoose(r, size), nil, false, nil
}

func readExact(r io.ReaderAt, size int64) (parts, []member, error) {
	p, members, at := parts{}, []member{}, int64(0)
	for _, name := range packNames {
		m := member{name: name, offset: at}
		head := make([]byte, len(m.head()))
		if at+int64(len(head)) > size {
			return nil, nil, nil
		}
		if _, err := r.ReadAt(head, at); err != nil && err != io.EOF {
			return nil, nil, err
		}
		m.crc, m.size = binary.LittleEndian.Uint32(head[14:]), int64(binary.LittleEndian.Uint32(head[18:]))
		if !bytes.Equal(head, m.head()) || at+int64(len(head))+m.size > size {
			return nil, nil, nil
		}
		p[name] = io.NewSectionReader(r, at+int64(len(head)), m.size)
		members = append(members, m)
		at += int64(len(head)) + m.size
	}
	want := tail(members)
	got := make([]byte, len(want))
	if at+int64(len(want)) != size {
		return nil, nil, nil
	}
	if _, err := r.ReadAt(got, at); err != nil && err != io.EOF {
		return nil, nil, err
	}
	if !bytes.Equal(got, want) {
		return nil, nil, nil
	}
	return p, members, nil
}

// readLoose finds the members of a pack that another program packed again
// without compression. The directory is bounded before it is read.
func readLoose(r io.ReaderAt, size int64) parts {
	var last [zipEndBytes]byte
	if size < zipEndBytes {
		return nil
	}
	if _, err := r.ReadAt(last[:], size-zipEndBytes); err != nil && err != io.EOF {
		return nil
	}
	if !bytes.HasPrefix(last[:], []byte("PK\x05\x06")) || binary.LittleEndian.Uint32(last[12:]) > 1<<16 {
		return nil
	}
	archive, err := zip.NewReader(r, size)
	if err != nil || len(archive.File) != len(packNames) {
		return nil
	}
	p := parts{}
	for _, f := range archive.File {
		at, err := f.DataOffset()
		n := int64(f.CompressedSize64)
		if err != nil || f.Method != zip.Store || n < 0 || at < 0 || at > size || n > size-at {
			return nil
		}
		p[f.Name] = io.NewSectionReader(r, at, n)
	}
	for _, name := range packNames {
		if p[name] == nil {
			return nil
		}
	}
	return p
}

// looksLikePack says whether the file begins as a pack does.
func looksLikePack(r io.ReaderAt) bool {
	head := make([]byte, 4)
	name := make([]byte, len(nameReadme))
	_, _ = r.ReadAt(head, 0)
	_, _ = r.ReadAt(name, 30)
	return string(head) == "PK\x03\x04" || string(name) == nameReadme
}

// meter measures what is written through it; w may be nil.
type meter struct {
	w    io.Writer
	size int64
	crc  uint32
	sum  hash.Hash
}

func newMeter(w io.Writer) *meter { return &meter{w: w, sum: sha256.New()} }

func (m *meter) Write(b []byte) (int, error) {
	m.size += int64(len(b))
	m.crc = crc32.Update(m.crc, crc32.IEEETable, b)
	m.sum.Write(b)
	if m.w == nil {
		return len(b), nil
	}
	return m.w.Write(b)
}

func (m *meter) member(name string) member {
	return member{name: name, size: m.size, crc: m.crc, sum: [32]byte(m.sum.Sum(nil))}
}
