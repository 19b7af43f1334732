package app

import (
	"encoding/json"
	"time"

	"rollcall/app/reconcile"
)

// PlanRequest asks for a plan.
type PlanRequest struct {
	Tenant   string         // name or id; required
	Kind     reconcile.Kind // every finding of this kind, and/or
	Accounts []string       // these accounts, by SCIM id or userName
	Action   string         // deactivate, remove-membership or delete
	Group    string         // of remove-membership: by id or name; "" for all
	Ticket   string         // required
	DryRun   bool           // build and show, store and record nothing
}

// Call is one HTTP request form that a plan allows.
type Call struct {
	Method string          `json:"method"`
	Path   string          `json:"path"`
	Body   json.RawMessage `json:"body,omitempty"`
	Words  string          `json:"words"` // what it does, in words
}

// PlanAction is one account and what is wanted of it.
type PlanAction struct {
	N           int            `json:"n"` // from 1
	TenantID    string         `json:"tenantId"`
	Tenant      string         `json:"tenant"`
	Account     FindingAccount `json:"account"`
	Action      string         `json:"action"`
	GroupID     string         `json:"groupId,omitempty"` // of a membership
	Group       string         `json:"group,omitempty"`
	Finding     reconcile.Kind `json:"finding,omitempty"`
	Reason      string         `json:"reason"`
	Brief       string         `json:"brief,omitempty"`  // the same in a few words, of a finding
	Calls       []Call         `json:"calls"`            // first the one to send, then the rungs below it; none by hand
	ByHand      string         `json:"byHand,omitempty"` // what a person has to do where nothing is sent
	Memberships []string       `json:"memberships"`
	Undo        string         `json:"undo"`

	// The tenant shows nowhere who is in which group; Memberships is empty.
	MembershipsUnknown bool `json:"membershipsUnknown,omitzero"`
	// The list has no groups, or not all of them; Memberships is empty.
	MembershipsUnread bool `json:"membershipsUnread,omitzero"`

	Undoable bool     `json:"undoable,omitzero"`  // it was confirmed, and an undo may still give back what it took
	UndoneBy []string `json:"undoneBy,omitempty"` // hashes of the plans that gave back all or, where it is undoable, some of that
}

// Plan is an ordered list of exact actions with a hash.
type Plan struct {
	Hash       string       `json:"hash"` // 64 hex digits
	Ticket     string       `json:"ticket"`
	Created    time.Time    `json:"created,omitzero"` // absent from a dry run, and from the plan inside the record, whose entry has the time
	State      string       `json:"state"`            // "planned", "running", "done", "dropped" or "dry run"
	Actions    []PlanAction `json:"actions"`
	NotCovered []NotCovered `json:"notCovered"`
	Clear      []Clear      `json:"clear,omitempty"` // of an offboarding: where the person has nothing to close
	Ceilings   []Ceiling    `json:"ceilings"`
	Warnings   []string     `json:"warnings"`
	Freshness  []Freshness  `json:"freshness"`
	Started    time.Time    `json:"started,omitzero"`   // when its run was begun
	Ended      time.Time    `json:"ended,omitzero"`     // when the run had no action left
	RanBy      string       `json:"ranBy,omitzero"`     // who began it; [App.PlanByHash] has that
	Dropped    string       `json:"dropped,omitzero"`   // why it is not to be run, of a plan that was dropped
	Confirmed  int          `json:"confirmed,omitzero"` // how many of its actions are, steps by hand included
	Failed     int          `json:"failed,omitzero"`    // how many of its actions failed, steps by hand included
	// Steps are those of its actions by hand that are open, and of these
	// StepsMarked those that somebody says are done and no file has confirmed.
	Steps       int `json:"steps,omitzero"`
	StepsMarked int `json:"stepsMarked,omitzero"`
	// UndoneBy are the plans that gave back what it took, in the order in which
	// they were made. Kept counts its confirmed actions that were not given back
	// as a whole, and Undoable those of them that an undo may still give back.
	UndoneBy []Undoing `json:"undoneBy,omitempty"`
	Kept     int       `json:"kept,omitzero"`
	Undoable int       `json:"undoable,omitzero"`
	// Undoes are the hashes of the plans whose way back it is.
	Undoes []string `json:"undoes,omitempty"`
	// Offboards is whose accounts the plan closes everywhere; nil for other plans.
	Offboards *FindingPerson `json:"offboards,omitempty"`
}

// NotCovered is an account or tenant that the plan leaves out, and why.
type NotCovered struct {
	Tenant   string `json:"tenant"`
	UserName string `json:"userName,omitempty"`
	Why      string `json:"why"`
}

// Clear is a tenant whose complete list shows no active account of a person.
type Clear struct {
	Tenant string   `json:"tenant"`
	Closed []string `json:"closed,omitempty"` // user names of the accounts there that are closed already
}

// Ceiling is how many accounts of one tenant may be touched in 24 hours.
type Ceiling struct {
	Tenant string `json:"tenant"`
	Active int    `json:"active"`
	Limit  int    `json:"limit"`
	Used   int    `json:"used"`  // distinct accounts in the last 24 h
	Total  int    `json:"total"` // used plus this plan's
}

// Freshness is the snapshot that a plan stands on.
type Freshness struct {
	Tenant      string    `json:"tenant"`
	SnapshotID  string    `json:"snapshotId"`
	Taken       time.Time `json:"taken"`
	Certificate string    `json:"certificate"`

	// Its accounts name no groups: who joined one since is not seen.
	MembershipsAsListed bool `json:"membershipsAsListed,omitzero"`
}

// RunResult is what running a plan came to.
type RunResult struct {
	Hash                                         string         `json:"hash"`
	Ticket                                       string         `json:"ticket"`
	State                                        string         `json:"state"`  // "done" or "unfinished"
	Repeat                                       bool           `json:"repeat"` // true: it had run before, these are the old results
	Actions                                      []ActionResult `json:"actions"`
	NotCovered                                   []NotCovered   `json:"notCovered,omitempty"` // what the plan leaves out
	Confirmed, Skipped, Failed, Unknown, Pending int            `json:"-"`
	ByHand                                       int            `json:"-"` // open steps, done and not yet confirmed ones included
	Marked                                       int            `json:"-"` // of these: a person says they are done, and no file has confirmed it

	Notes []string `json:"notes,omitempty"` // what reading back could not see
}

// ActionResult is what one action came to.
type ActionResult struct {
	N       int            `json:"n"`
	Tenant  string         `json:"tenant"`
	Account FindingAccount `json:"account"`
	Outcome string         `json:"outcome"` // confirmed, confirmed-gone, skipped, failed, unknown, pending, by-hand or done-unconfirmed
	Why     string         `json:"why"`
	Calls   int            `json:"calls"`          // requests sent
	Intent  int64          `json:"intent"`         // seq of the last intent; -1: none
	Seq     int64          `json:"seq"`            // seq of the outcome or skip; -1: none
	Note    string         `json:"note,omitzero"`  // of whoever marked a step by hand as done
	Doubt   string         `json:"doubt,omitzero"` // why the newest file does not settle an open step although the account is absent from it
	At      time.Time      `json:"at,omitzero"`    // absent while it is pending
}

// Step is what a person has to do in a tenant without SCIM.
type Step struct {
	Plan     string         `json:"plan"` // hash
	N        int            `json:"n"`    // action of the plan
	Tenant   string         `json:"tenant"`
	TenantID string         `json:"tenantId"`
	Account  FindingAccount `json:"account"`
	Ticket   string         `json:"ticket"`
	What     string         `json:"what"`    // in words
	Outcome  string         `json:"outcome"` // by-hand: to do; done-unconfirmed; confirmed; failed
	Why      string         `json:"why"`
	Doubt    string         `json:"doubt,omitempty"` // why the newest file does not settle it although the account is absent from it
	Opened   time.Time      `json:"opened"`
	Done     time.Time      `json:"done,omitzero"` // when a person said so
	DoneBy   string         `json:"doneBy,omitempty"`
	Note     string         `json:"note,omitempty"`
}
