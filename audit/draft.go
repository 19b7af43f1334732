package audit

// Draft is an entry before it has a place in the log.
type Draft struct {
	Type   string   // e.g. "action.intent": lower-case words joined by dots and hyphens
	Actor  Personal // who did it
	Tenant string   // tenant id; "" where none is concerned
	Target Personal // account, person or file; zero: none
	Ticket string   // "" where there is none
	Data   any      // a struct of the type's own fields; may hold Personal and Blob; nil: none
}

// Personal is a value about a person. In the entry it is a salted commitment,
// {"$personal":"<hex>"}; salt and value lie beside the entry and can be erased.
// The zero Personal is written as null.
type Personal struct {
	digest Digest
	value  *string // nil: zero, or erased
}

// Text makes a Personal of s; the salt is drawn when it is appended. "" is a
// value like any other: use the zero Personal for "none".
func Text(s string) Personal { return Personal{value: &s} }

// Value returns the text, or "" where it was erased or never set.
func (p Personal) Value() string {
	if p.value == nil {
		return ""
	}
	return *p.value
}

// Erased says that there was a value and that it was erased. Appending an
// erased Personal again repeats the commitment and opens nothing.
func (p Personal) Erased() bool { return p.value == nil && p.digest != Digest{} }

// IsZero says that there never was a value.
func (p Personal) IsZero() bool { return p.value == nil && p.digest == Digest{} }

// Blob is a payload too large or too foreign for an entry, such as a resource
// as a server sent it. In the entry it stands as {"$blob":"<hex>","size":n};
// the bytes lie beside the entry and can be erased.
type Blob struct {
	digest Digest
	size   int64
	bytes  []byte
	set    bool // false: zero, or erased
}

// Bytes makes a Blob of b, which must not change afterwards.
func Bytes(b []byte) Blob { return Blob{bytes: b, size: int64(len(b)), set: true} }

// Bytes returns the payload, or nil where it was erased or never set.
func (b Blob) Bytes() []byte { return b.bytes }

// Size returns the number of bytes, which stays known after erasure.
func (b Blob) Size() int64 { return b.size }

// Erased says that there was a payload and that it was erased.
func (b Blob) Erased() bool { return !b.set && b.digest != Digest{} }

// IsZero says that there never was a payload.
func (b Blob) IsZero() bool { return !b.set && b.digest == Digest{} }
