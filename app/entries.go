package app

import (
	"rollcall/audit"
)

// The types of entries that this half of the service writes, and their data.
// A field of type audit.Personal or audit.Blob is a salted commitment in the
// entry. Once released a type keeps its fields for ever: add, never change.
const (
	typeRecordCreated  = "record.created"
	typeTenantAdded    = "tenant.added"
	typeWritesAllowed  = "tenant.writes-allowed"
	typeTenantRemoved  = "tenant.removed"
	typeSettingChanged = "setting.changed"
	typeProtected      = "account.protected"
	typeUnprotected    = "account.unprotected"
	typePlanCreated    = "plan.created"
	typeRunStarted     = "run.started"
	typeRunFinished    = "run.finished"
	typeIntent         = "action.intent"
	typeOutcome        = "action.outcome"
	typeSkipped        = "action.skipped"
	typeStopped        = "action.stopped" // as skipped, after an earlier call of the action
	typeExported       = "record.exported"
)

// recordCreated opens every record and names the key that signs it.
type recordCreated struct {
	Program  string `json:"program"`
	Verifier string `json:"verifier"`      // C2SP note verifier key
	Demo     bool   `json:"demo,omitzero"` // of made-up tenants; its secrets end with the process that began it
}

type tenantAdded struct {
	Name    string         `json:"name"`
	BaseURL string         `json:"baseUrl"`
	Preset  string         `json:"preset"`
	Auth    string         `json:"auth"`
	User    audit.Personal `json:"user"`
	CA      audit.Blob     `json:"ca"`
	Source  string         `json:"source,omitzero"` // file; "" is scim
}

// withReason is the data of decisions that carry nothing but a reason.
type withReason struct {
	Reason audit.Personal `json:"reason"`
}

type settingChanged struct {
	Key    string         `json:"key"`
	Value  string         `json:"value"`
	Reason audit.Personal `json:"reason,omitzero"`
}

// accountProtected names the account by id where it was known, otherwise by
// what the person typed.
type accountProtected struct {
	Account  audit.Personal `json:"account"`
	UserName audit.Personal `json:"userName"`
	Reason   audit.Personal `json:"reason"`
}

// planCreated carries the hashed plan and its readable form.
type planCreated struct {
	Hash    string     `json:"hash"`
	Actions int        `json:"actions"`
	Plan    audit.Blob `json:"plan"` // canonical JSON; its SHA-256 is Hash
	View    audit.Blob `json:"view"`

	NotCovered int `json:"notCovered,omitzero"` // tenants and accounts that were asked for and are left out
}

// runStarted is written for every start and resumption of a plan.
type runStarted struct {
	Plan    string `json:"plan"`
	Confirm int    `json:"confirm"` // the ceiling total that a person named for no tenant by name; 0: none
	Resumed bool   `json:"resumed"`

	Confirmed map[string]int `json:"confirmed,omitempty"` // by tenant id the total that lifts its ceiling
}

type runFinished struct {
	Plan      string `json:"plan"`
	Confirmed int    `json:"confirmed"`
	Skipped   int    `json:"skipped"`
	Failed    int    `json:"failed"`
	Unknown   int    `json:"unknown"`
	ByHand    int    `json:"byHand,omitzero"` // steps that a person does

	NotCovered int `json:"notCovered,omitzero"` // tenants and accounts that the plan leaves out
}

// actionIntent is durably recorded before its request is sent: what the
// account looked like and the exact request.
type actionIntent struct {
	Plan        string         `json:"plan"`
	N           int            `json:"n"`
	Action      string         `json:"action"`
	Form        string         `json:"form"`
	Account     audit.Personal `json:"account"`     // SCIM id
	Group       audit.Personal `json:"group"`       // SCIM id, of a membership
	Body        audit.Blob     `json:"body"`        // of the request; the rest of it is the entry's "$request"
	Before      audit.Blob     `json:"before"`      // the resource as read, without password
	BeforeGroup audit.Blob     `json:"beforeGroup"` // the group as read, of a membership
	Memberships audit.Blob     `json:"memberships"` // JSON list of {id, name}
	// AllMemberships: the account itself named its groups. Otherwise one that it
	// joined after the list was read is not among Memberships.
	AllMemberships bool `json:"allMemberships"`
}

// actionOutcome settles one intent by what was read back.
type actionOutcome struct {
	Plan    string         `json:"plan"`
	N       int            `json:"n"`
	Intent  int64          `json:"intent"`
	Account audit.Personal `json:"account"`
	Outcome string         `json:"outcome"` // confirmed, confirmed-gone, failed or unknown
	Status  int            `json:"status"`  // HTTP status of the call; 0: none was seen
	Why     audit.Personal `json:"why"`
	After   audit.Blob     `json:"after"` // the resource as read back
	// Memberships is the JSON list of {id, name} that the account was seen in
	// right after a confirmed deactivation; nothing where that could not be read.
	Memberships audit.Blob `json:"memberships,omitzero"`
	Settled     bool       `json:"settled"`
	Next        bool       `json:"next"` // the plan's next form follows
	Harm        bool       `json:"harm"` // failed, and the tenant changed more than it was asked to
}

type actionSkipped struct {
	Plan    string         `json:"plan"`
	N       int            `json:"n"`
	Account audit.Personal `json:"account"`
	Why     audit.Personal `json:"why"`
}

type recordExported struct {
	File   audit.Personal `json:"file"` // base name
	Filter exportFilter   `json:"filter"`
}

type exportFilter struct {
	Type   string         `json:"type"`
	Tenant string         `json:"tenant"`
	Ticket string         `json:"ticket"`
	Target audit.Personal `json:"target"`
	From   string         `json:"from"`
	To     string         `json:"to"`

	Group   string         `json:"group,omitzero"`
	About   audit.Personal `json:"about,omitzero"`
	Actor   audit.Personal `json:"actor,omitzero"`
	Outcome string         `json:"outcome,omitzero"`
}
