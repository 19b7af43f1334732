package audit

import (
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Entry is what one row of the record says.
type Entry struct {
	V      int            // version of the entry's form
	Log    string         // id of the log that it was made for
	Seq    int64          // 0-based index in that log
	Time   time.Time      // UTC, whole milliseconds
	Type   string         // e.g. "action.intent"
	Actor  Personal       // who did it
	Tenant string         // tenant id; "" where none is concerned
	Target Personal       // account, person or file; zero: none
	Ticket string         // "" where there is none
	Data   jsontext.Value // the type's own fields as recorded, commitments unopened
}

// Stored is an entry as it lies in the record, with what opens it.
type Stored struct {
	Row
	Entry
	Seq      int64 // the index; Row and Entry hold the same
	openings map[Digest]Opening
}
