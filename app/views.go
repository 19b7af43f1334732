package app

import (
	"encoding/json"
	"time"

	"rollcall/app/reconcile"
)

// Problem says why something cannot be done or trusted, and what to do.
type Problem struct {
	Code string `json:"code"` // stable, kebab case, e.g. "listing-incomplete"
	Text string `json:"text"` // one sentence: what happened
	Do   string `json:"do"`   // one sentence: what to do about it
}

// WantsWord says that a person who names the number of the list's accounts ends
// the problem, with the next sync or import.
func (p Problem) WantsWord() bool {
	switch p.Code {
	case codeShrunk, codeNoAccounts, codeOthers, codeLost, codeMissed, codeWindow, codeGroupShrunk:
		return true
	}
	return false
}

// Tenant is one organisation's instance at a service provider.
type Tenant struct {
	ID           string    `json:"id"`
	Name         string    `json:"name"`
	Source       string    `json:"source"`  // scim or file
	BaseURL      string    `json:"baseUrl"` // empty where the source is a file
	Preset       string    `json:"preset"`
	Auth         string    `json:"auth"`          // bearer, basic or header:NAME
	Writes       bool      `json:"writesAllowed"` // false: observe only
	WritesReason string    `json:"writesReason,omitempty"`
	Added        time.Time `json:"added"`
	Sync         *Sync     `json:"sync,omitempty"` // the latest attempt; nil before the first
	File         *ListFile `json:"file,omitempty"` // where the latest attempt came from; nil unless the source is a file
	Accounts     int       `json:"accounts"`       // of the snapshot on show
	Active       int       `json:"active"`         // of those, active or unknown
	Groups       int       `json:"groups"`
	Matched      int       `json:"matched"` // active accounts that match a person
	// Closed are those of the active accounts that a run closed, confirmed, since
	// the list was read; ClosedMatched are those of them that match a person.
	Closed        int `json:"closed,omitzero"`
	ClosedMatched int `json:"closedMatched,omitzero"`
	Excepted      int `json:"excepted,omitzero"` // active accounts that match nobody and are left alone on purpose
	Orphaned      int `json:"orphaned"`
	Leavers       int `json:"leavers"`  // leaver-still-active
	Disputed      int `json:"disputed"` // accounts
	Collisions    int `json:"collisions"`
	Entitled      int `json:"entitled"` // inactive-but-entitled
	Protected     int `json:"protected"`
	// Blocked says why nothing can be planned in this tenant; empty: it can.
	Blocked []Problem `json:"blocked"`
	// Doubts says what is not known of this tenant although plans can be made.
	Doubts []Problem `json:"doubts"`
}

// MatchedNow is how many of the accounts that are active by now match a person:
// those that a run closed since the list was read count no more. What may be
// planned goes by Matched and Active, which the list vouches for, and leaves out the
// accounts about which somebody decided that they are nobody's.
func (t Tenant) MatchedNow() (matched, active int) {
	return t.Matched - t.ClosedMatched, t.Active - t.Closed
}

// Where a tenant's list of accounts comes from.
const (
	SourceSCIM = "scim"
	SourceFile = "file"
)

// ListFile is a list of accounts that a person exported, and whose word stands
// behind it.
type ListFile struct {
	Name       string    `json:"name"` // base name
	SHA256     string    `json:"sha256"`
	Members    int       `json:"members"`
	ExportedBy string    `json:"exportedBy"`
	ExportedAt time.Time `json:"exportedAt"`
	Screen     string    `json:"screen,omitempty"`
	Filter     string    `json:"filter,omitempty"`
}

// Sync is one attempt to list a tenant completely.
type Sync struct {
	ID           string    `json:"id"`
	TenantID     string    `json:"tenantId"`
	Tenant       string    `json:"tenant"`
	Started      time.Time `json:"started"` // of a file: when it was exported
	Finished     time.Time `json:"finished"`
	Sealed       bool      `json:"sealed"`       // users are complete
	GroupsSealed bool      `json:"groupsSealed"` // groups are complete
	Accounts     int       `json:"accounts"`
	Groups       int       `json:"groups"`
	Pages        int       `json:"pages"`
	Certificate  string    `json:"certificate"` // one sentence: how completeness was established
	Problems     []Problem `json:"problems"`

	Resumed []Resumption `json:"resumed,omitempty"` // where it was interrupted and went on
}

// Progress of a sync or a run, for a person who waits.
type Progress struct {
	What    string    `json:"what"` // "sync", "run" or "verify"
	Tenant  string    `json:"tenant"`
	Stage   string    `json:"stage"` // "users", "groups", "merging", "matching", "action"
	Done    int       `json:"done"`
	Total   int       `json:"total"`             // 0: not known
	Resumed int       `json:"resumed,omitempty"` // done before this sync went on; 0: it began there
	Started time.Time `json:"started"`

	Stopping bool `json:"stopping,omitzero"` // somebody asked a sync to stop
}

// FindingAccount is the account that a finding is about.
type FindingAccount struct {
	ID          string   `json:"id"`
	UserName    string   `json:"userName"`
	DisplayName string   `json:"displayName,omitempty"`
	ExternalID  string   `json:"externalId,omitempty"`
	Emails      []string `json:"emails,omitempty"`
	Active      string   `json:"active"` // active, inactive or unknown
	Groups      int      `json:"groups"`
}

// FindingPerson is the person, or one candidate, that an account matched.
type FindingPerson struct {
	Source string `json:"source"`
	Number string `json:"number"`
	Name   string `json:"name"`
	Status string `json:"status"`
	End    string `json:"end,omitempty"` // yyyy-mm-dd, last day
	Rule   string `json:"rule,omitempty"`
	Key    string `json:"key,omitempty"`
	Leaver bool   `json:"leaver,omitempty"`
}

// Finding is something a person should look at. It is derived from the latest
// snapshots and roster and never stored as a fact.
type Finding struct {
	ID        string         `json:"id"` // hash of tenant id, account id and kind
	TenantID  string         `json:"tenantId"`
	Tenant    string         `json:"tenant"`
	Kind      reconcile.Kind `json:"kind"`
	Account   FindingAccount `json:"account"`
	Person    *FindingPerson `json:"person,omitempty"`
	Reason    string         `json:"reason"` // one sentence
	Brief     string         `json:"brief"`  // the same in a few words
	Rule      string         `json:"rule"`   // the rule that decided; "none" where no rule matched
	Key       string         `json:"key"`    // the value that matched, or those that were tried
	Since     time.Time      `json:"since"`  // when this first could be seen: last day, or first snapshot with it
	Protected bool           `json:"protected,omitempty"`
	Newer     bool           `json:"newer,omitzero"`     // it is newer than the roster that makes it an orphan or a leaver's: it is planned by its name only
	Excepted  *Exception     `json:"excepted,omitempty"` // nil: it is not left alone
	Closed    *Closed        `json:"closed,omitempty"`   // nil: no run closed the account since the list was read
	Step      string         `json:"step,omitempty"`     // by-hand or done-unconfirmed, of one that a person is to close, or says is closed
}

// FindingDetail is a finding with the evidence behind it.
type FindingDetail struct {
	Finding
	Tried       []Tried          `json:"tried"`       // every rule, in rank order, and what it found
	Candidates  []FindingPerson  `json:"candidates"`  // disputed: who; orphaned: nearest, if any
	Elsewhere   []Elsewhere      `json:"elsewhere"`   // the person's accounts in all tenants
	Others      []FindingAccount `json:"others"`      // collision: the person's other active accounts here
	Memberships []string         `json:"memberships"` // display names of groups
	// The tenant shows nowhere who is in which group; Memberships is empty.
	MembershipsUnknown bool            `json:"membershipsUnknown,omitzero"`
	Sync               *Sync           `json:"sync"`
	Roster             *Roster         `json:"roster"`
	Raw                json.RawMessage `json:"raw,omitempty"` // the resource as the tenant sent it, without password
	Action             string          `json:"action"`        // what a plan for it would do
	Blocked            []Problem       `json:"blocked"`       // why no plan can be made for it
}

// Tried is one correlation rule and its result for one account.
type Tried struct {
	Rule   string   `json:"rule"`
	Values []string `json:"values"` // the account's normalised values that were looked up
	Found  int      `json:"found"`  // people found
}

// Elsewhere is one tenant and what it holds of a person.
type Elsewhere struct {
	Tenant   string `json:"tenant"`
	UserName string `json:"userName,omitempty"`
	Active   string `json:"active,omitempty"`
	Sealed   bool   `json:"sealed"` // false: this tenant's list is not complete
	Found    bool   `json:"found"`
	Closed   bool   `json:"closed,omitempty"` // a run closed it since the list was read
}

// FindingFilter chooses findings. Empty fields choose all.
type FindingFilter struct {
	Tenant string // name or id
	Kind   reconcile.Kind
	Search string // part of user name, display name or reason
	After  string // Next of the page before
	Limit  int    // 0: 200; below 0: all

	Excepted bool // those that are left alone, instead of the others
}

// FindingsPage is one page of findings, ordered by kind, tenant, user name.
type FindingsPage struct {
	Findings []Finding              `json:"findings"`
	Total    int                    `json:"total"`            // that the filter chooses, without the closed ones
	ByKind   map[reconcile.Kind]int `json:"byKind"`           // over all kinds, with the filter's tenant and search; without the closed ones
	Excepted int                    `json:"excepted"`         // that the filter would choose, were they not left alone
	Closed   int                    `json:"closed"`           // that the filter chooses and a run closed since the list was read
	Causes   []LikelyCause          `json:"causes,omitempty"` // of orphans that are listed without a search
	Next     string                 `json:"next,omitempty"`
	AsOf     time.Time              `json:"asOf"`
}

// Roster is the state of the authoritative list of people.
type Roster struct {
	Source   string    `json:"source"`
	Revision int       `json:"revision"`
	File     string    `json:"file"` // base name
	SHA256   string    `json:"sha256"`
	Imported time.Time `json:"imported"`
	People   int       `json:"people"`
	Leavers  int       `json:"leavers"` // as of now
	TimeZone string    `json:"timeZone"`
	Contents string    `json:"contents"` // ContentsActive or ContentsAll
	Key      string    `json:"key"`      // column that identifies a person; "": that of the number
	Dropped  []string  `json:"dropped"`  // columns that were not stored

	Columns   map[string][]string `json:"columns"`   // field -> columns it was read from
	StatusMap map[string]string   `json:"statusMap"` // the file's texts, as a person explained them
	Encoding  string              `json:"encoding"`  // that a person named; "": detected

	Held     bool      `json:"held"` // waits for a person's word; the revision before it is on show
	Problems []Problem `json:"problems"`
}

// Overview is what the first page shows.
type Overview struct {
	Now           time.Time              `json:"now"`
	Tenants       []Tenant               `json:"tenants"`
	Roster        *Roster                `json:"roster"` // nil before the first import
	ByKind        map[reconcile.Kind]int `json:"byKind"`
	LeftAlone     map[reconcile.Kind]int `json:"leftAlone"`    // they are not among ByKind
	LeaverPeople  int                    `json:"leaverPeople"` // people behind the leaver findings
	LongestLeaver int                    `json:"longestLeaverDays"`
	History       []DayCounts            `json:"history"` // days that have counts, the oldest first; no two of one day
	Lists         []ListDays             `json:"lists"`   // of every tenant, in their order
	Record        RecordState            `json:"record"`
	ToDo          []ToDo                 `json:"toDo"`
	Busy          []Progress             `json:"busy"`  // what runs in this process
	Ended         *Ended                 `json:"ended"` // what ended last in the background of this process; nil: nothing did
	Demo          bool                   `json:"demo"`
}

// ToDo is one thing that waits for a person.
type ToDo struct {
	Problem
	Tenant string `json:"tenant,omitempty"`
	Plan   string `json:"plan,omitempty"` // hash of the plan that it is about
}

// RecordState says how far the record goes and what is known of its integrity.
type RecordState struct {
	LogID       string    `json:"logId"`
	Entries     int64     `json:"entries"`
	Checkpoint  int64     `json:"checkpoint"` // entries under the newest signed checkpoint
	Verified    time.Time `json:"verified"`   // zero: not in this process
	VerifiedTo  int64     `json:"verifiedTo"`
	OK          bool      `json:"ok"`
	Reason      string    `json:"reason,omitempty"`
	ReadOnly    string    `json:"readOnly,omitempty"`   // why nothing can be written, if so
	Keyless     bool      `json:"keyless,omitempty"`    // the last check could read the secrets, and the key that signs was not there
	Signer      string    `json:"signer,omitempty"`     // of the last check: "checked" against this workspace's key and kept checkpoint, or "not checked"
	FirstBad    *int64    `json:"firstBad,omitempty"`   // of the last check: 0-based index of the first bad entry
	Anchored    bool      `json:"anchored,omitempty"`   // the last check held the record against a checkpoint kept with the secrets
	Unverified  *Problem  `json:"unverified,omitempty"` // why the last check in the background could not be finished
	Unkept      string    `json:"unkept,omitempty"`     // why the newest checkpoint could not be kept with the secrets
	Stray       bool      `json:"stray,omitempty"`      // the store belongs to another state of the record
	Fingerprint string    `json:"fingerprint"`
	Unsettled   int       `json:"unsettled"` // calls whose outcome is unknown

	KeyChanges []KeyChange `json:"keyChanges,omitempty"` // that the last check met
}

// KeyChange tells of an entry that put a new signing key in place of a lost one.
type KeyChange struct {
	Seq    int64     `json:"seq"` // of the entry; what lies before it was signed by the old key
	Time   time.Time `json:"time"`
	From   string    `json:"from"`   // fingerprint of the old key
	To     string    `json:"to"`     // fingerprint of the new key
	Signed int64     `json:"signed"` // entries under the newest checkpoint of the old key; 0: it left none
	Reason string    `json:"reason"` // "" where it was erased
	Actor  string    `json:"actor"`  // likewise
}

// RecordKey is the public half of the key that signs the record.
type RecordKey struct {
	Key         string `json:"key"` // C2SP note verifier key, for verify --key
	Fingerprint string `json:"fingerprint"`
	LogID       string `json:"logId"`
}

// Rekeying is what replacing the signing key came to.
type Rekeying struct {
	KeyChange
	Key string `json:"key"` // the new verifier key
}

// Entry is one entry of the record, opened for a person.
type Entry struct {
	Seq      int64           `json:"seq"`
	Time     time.Time       `json:"time"`
	Type     string          `json:"type"`
	Actor    string          `json:"actor"`
	Tenant   string          `json:"tenant"` // name
	TenantID string          `json:"tenantId,omitempty"`
	Target   string          `json:"target"` // userName, person or file; empty: none
	Ticket   string          `json:"ticket"`
	What     string          `json:"what"`           // in words
	Data     json.RawMessage `json:"data,omitempty"` // the entry's own data, personal values opened
}

// EntryFilter chooses entries. Empty fields choose all, but for the number of
// those that a list yields.
type EntryFilter struct {
	Type, Tenant, Ticket, Target string
	Group                        string // several types: one of EntryGroups
	About, Actor                 string // words that stand in the target, in who acted
	Outcome                      string // one of EntryOutcomes
	From, To                     time.Time
	First                        int64 // seq of the first entry to look at
	Limit                        int   // of a list; 0: 200; below 0: all
}

// PackInfo is what an export came to.
type PackInfo struct {
	File        string `json:"file"`
	Entries     int64  `json:"entries"` // in the log
	Bodies      int64  `json:"bodies"`  // that the filter chose
	Seq         int64  `json:"seq"`     // of the exported entry
	Bytes       int64  `json:"bytes"`
	SHA256      string `json:"sha256"`
	Fingerprint string `json:"fingerprint"`
	Key         string `json:"key"` // the note verifier key, for verify --key
}

// VerifyReport is what the verifier found.
type VerifyReport struct {
	OK          bool   `json:"ok"`
	Entries     int64  `json:"entries"`
	Bodies      int64  `json:"bodies"`
	Erased      int64  `json:"erased"`
	FirstBad    *int64 `json:"firstBad"`
	Reason      string `json:"reason,omitempty"`
	Anchoring   string `json:"anchoring"`   // self-signed, anchored or witnessed
	Signer      string `json:"signer"`      // "checked" or "not checked"
	Fingerprint string `json:"fingerprint"` // of the key that signatures were held against

	PackFingerprint string `json:"packFingerprint,omitempty"` // of the key that the pack carries
	Culprit         string `json:"culprit,omitempty"`         // the --checkpoint file that the pack does not fit, and why
	LogID           string `json:"logId"`

	Proven     int64       `json:"proven"` // entries that a signature which counts covers
	KeyChanges []KeyChange `json:"keyChanges,omitempty"`
}
