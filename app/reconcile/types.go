package reconcile

import "time"

// Active is what a tenant says of an account's active attribute. Absent and
// unparsable count as active and are shown as unknown.
type Active string

const (
	ActiveTrue    Active = "active"
	ActiveFalse   Active = "inactive"
	ActiveUnknown Active = "unknown"
)

// Account is one account of a tenant's current snapshot, as far as
// correlation needs it. Keys are compared after [Normalise].
type Account struct {
	Tenant      string // tenant id
	ID          string // the SCIM id, compared exactly
	UserName    string
	ExternalID  string
	DisplayName string
	Emails      []string
	Active      Active
	Groups      int // that it is a member of, by a complete list of groups; 0 where there is none
}

// Status is a person's employment state as the roster says it.
type Status string

const (
	StatusActive  Status = "active"
	StatusOnLeave Status = "on leave"
	StatusPreHire Status = "pre-hire"
	StatusLeft    Status = "left"
)

// Person is one row of the roster.
type Person struct {
	Source   string // the roster's name; (Source, Number) identifies the person
	Number   string // employee number, or the key column's value
	Name     string
	Emails   []string
	UserName string // login name, where the roster has one
	Manager  string
	Type     string // employee, contractor, ... as the roster says
	Status   Status
	Start    time.Time // date at 00:00 in the import's time zone; zero: unknown
	End      time.Time // last day, inclusive, same form; zero: none

	// MissingRevision is the revision of a roster of active people that first
	// lacked the person, who is presumed to have left; 0: they are listed.
	MissingRevision int
	MissingSince    time.Time // when that revision was imported
}

// Rule is one exact-key correlation rule. Lower ranks are stronger.
type Rule string

const (
	RuleLink       Rule = "link"        // a recorded decision of a person
	RuleExternalID Rule = "external-id" // externalId = employee number
	RuleEmail      Rule = "email"       // any email = any email
	RuleUserName   Rule = "user-name"   // userName = an email or the login name
	RuleFormerLink Rule = "former-link" // a decision about whoever had the id then; it links nobody

	// RuleFormerNumber is a decision about whoever had the person's number then; it
	// links nobody either.
	RuleFormerNumber Rule = "former-number"
)

// Former says whether a decision was about somebody or something else by now.
func (r Rule) Former() bool { return r == RuleFormerLink || r == RuleFormerNumber }

// Version of the rules; it goes into every plan's hash.
const Version = "4"

// Candidate says that Rule matched Account (by id) to Person on Key.
type Candidate struct {
	Tenant, Account string
	Rule            Rule
	Key             string // the normalised value that both sides share; of a link the person's number
	Person          Person
	// Gone: the person of a link is not on the roster any more. Only source,
	// number and name are known, as they were when the link was made.
	Gone bool
}

// Situation of an account, in midPoint's terms.
type Situation string

const (
	Linked    Situation = "linked"
	Unmatched Situation = "unmatched"
	Disputed  Situation = "disputed"
	Collision Situation = "collision"
)

// Kind of a finding.
type Kind string

const (
	KindOrphaned  Kind = "orphaned"
	KindLeaver    Kind = "leaver-still-active"
	KindDisputed  Kind = "disputed"
	KindCollision Kind = "collision"
	KindEntitled  Kind = "inactive-but-entitled"
)
