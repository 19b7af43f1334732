package app

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"rollcall/app/reconcile"
	"rollcall/audit"
	"rollcall/scim"

	"github.com/go-json-experiment/json"
)

// The types of entries that say what was read, and their data. They carry
// counts, ids of our own and keyed digests, and nobody's name. Once released a
// type keeps its fields for ever: add, never change.
const (
	typeSnapshotSealed   = "snapshot.sealed"
	typeSnapshotUnsealed = "snapshot.unsealed"
	typeRosterImported   = "roster.imported"
	typeRosterHeld       = "roster.held"
)

func init() {
	projections[typeSnapshotSealed] = applySnapshot
	projections[typeSnapshotUnsealed] = applySnapshot
	projections[typeRosterImported] = applyRoster
	projections[typeRosterHeld] = applyRoster
}

// snapshotTaken is the data of snapshot.sealed and snapshot.unsealed. The bulk
// that it speaks of lies on the stage of the sync until the entry is applied.
type snapshotTaken struct {
	Sync         string            `json:"sync"`
	Snapshot     string            `json:"snapshot"`
	Started      time.Time         `json:"started"`
	Finished     time.Time         `json:"finished"`
	Accounts     int               `json:"accounts"`
	Active       int               `json:"active"` // active or unknown
	Groups       int               `json:"groups"`
	Memberships  int               `json:"memberships"`    // that groups list
	Named        int               `json:"named,omitzero"` // memberships that accounts name, indirect ones left out
	Pages        int               `json:"pages"`
	GroupsSealed bool              `json:"groupsSealed"`
	Accepted     *int              `json:"accepted"` // number of accounts that a person vouched for
	Certificate  certificate       `json:"certificate"`
	Digest       string            `json:"digest"` // SHA-256 of the canonical certificate, hex
	Words        string            `json:"words"`  // the certificate as a sentence
	Problems     []recordedProblem `json:"problems"`
	File         *fileTaken        `json:"file,omitzero"` // of a tenant without SCIM
}

// certificate says how completeness was established, and of what.
type certificate struct {
	Users   *listingFacts `json:"users"`            // null where listing could not begin, and of a file
	Groups  *listingFacts `json:"groups"`           // null where it was not tried, and of a file
	Content string        `json:"content"`          // keyed digest over ids and hashes of what was listed, hex
	File    *fileFacts    `json:"file,omitzero"`    // of a tenant without SCIM
	Resumed []Resumption  `json:"resumed,omitzero"` // of a sync that was interrupted, in order
}

// listingFacts are a listing's numbers, without a word from the server.
type listingFacts struct {
	Complete     bool        `json:"complete"`
	TotalTrusted bool        `json:"totalTrusted"`
	Distinct     int         `json:"distinct"`
	Claimed      *int64      `json:"claimed"`
	Passes       []scim.Pass `json:"passes"`
	Problems     []string    `json:"problems"` // codes
}

// recordedProblem is a Problem in an entry. Its text may hold words of a
// server, which may name people.
type recordedProblem struct {
	Code string         `json:"code"`
	Text audit.Personal `json:"text"`
	Do   audit.Personal `json:"do"`
}

func toRecorded(problems []Problem) []recordedProblem {
	out := make([]recordedProblem, len(problems))
	for i, p := range problems {
		out[i] = recordedProblem{p.Code, audit.Text(p.Text), audit.Text(p.Do)}
	}
	return out
}

func fromRecorded(problems []recordedProblem) []Problem {
	out := make([]Problem, len(problems))
	for i, p := range problems {
		out[i] = Problem{p.Code, p.Text.Value(), p.Do.Value()}
	}
	return out
}

// rosterTaken is the data of roster.imported and roster.held.
type rosterTaken struct {
	Import   string            `json:"import"` // id; names the stage that its people lie on
	Source   string            `json:"source"`
	Revision int               `json:"revision"` // 0: held
	SHA256   audit.Personal    `json:"sha256"`   // of the file, hex; personal data is not hashed without a salt
	Content  string            `json:"content"`  // keyed digest over what was kept, hex
	People   int               `json:"people"`
	Zone     string            `json:"zone"`
	Key      string            `json:"key"` // column that identifies a person
	Kept     []string          `json:"kept"`
	Fields   []string          `json:"fields,omitzero"` // that those columns were read as
	Dropped  []string          `json:"dropped"`
	Accepted int               `json:"accepted"` // number of people that a person vouched for; 0: none
	Reading  rosterReading     `json:"reading"`
	Missing  int               `json:"missing,omitzero"` // people of the revision before who are not listed
	Problems []recordedProblem `json:"problems"`
}

// bulky counts the syncs that asked for the store's long journal. Setting it
// waits for what is being written, so this has a lock of its own.
type bulky struct {
	sync.Mutex
	n int
}

// knowing is what the syncs and derivations of this process share.
type knowing struct {
	mu       sync.Mutex
	busy     map[string]Progress           // tenant id -> how far its sync is
	stops    map[string]context.CancelFunc // tenant id -> ends its sync, once its turn has come
	failed   map[string]Problem            // tenant id -> why its last sync in the background could not be tried
	findings sync.Mutex                    // held while findings are derived
	stand    standing
	index    findingIndex
	facts    factsCache
	lists    listMemory
	behind   bool // they are to be derived in the background
	bulk     bulky
	syncs    sync.WaitGroup  // in the background
	ctx      context.Context // of those; nil before the first
	cancel   context.CancelFunc
	stopped  bool
	tell     func(Ended) // of work that ends; nil: nobody
	last     *Ended      // what ended last; nil: nothing did
}

// background returns the context of background work and counts it in syncs;
// false: the workspace is being closed.
func (k *knowing) background() (context.Context, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.stopped {
		return nil, false
	}
	if k.ctx == nil {
		k.ctx, k.cancel = context.WithCancel(context.Background())
	}
	k.syncs.Add(1)
	return k.ctx, true
}

// stop ends background work and waits for it. What is interrupted leaves
// nothing but a stage, for the next sync to go on with.
func (k *knowing) stop() {
	k.mu.Lock()
	k.stopped = true
	if k.cancel != nil {
		k.cancel()
	}
	k.mu.Unlock()
	k.syncs.Wait()
}

// begin claims the tenant for one sync in this process; false: one is running.
func (k *knowing) begin(tenantID string, p Progress) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, running := k.busy[tenantID]; running {
		return false
	}
	if k.busy == nil {
		k.busy, k.failed = map[string]Progress{}, map[string]Problem{}
	}
	k.busy[tenantID] = p
	delete(k.failed, tenantID)
	return true
}

func (k *knowing) step(tenantID string, p Progress) {
	k.mu.Lock()
	defer k.mu.Unlock()
	p.Stopping = k.busy[tenantID].Stopping
	k.busy[tenantID] = p
}

// advance is step for what still runs; its start stays.
func (k *knowing) advance(key string, p Progress) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if busy, ok := k.busy[key]; ok {
		p.Started = busy.Started
		k.busy[key] = p
	}
}

// one returns what runs under a key; false: nothing does.
func (k *knowing) one(key string) (Progress, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	p, ok := k.busy[key]
	return p, ok
}

// end lets go of the tenant; a problem stays on show until the next sync.
func (k *knowing) end(tenantID string, failed *Problem) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.busy, tenantID)
	delete(k.stops, tenantID)
	if failed != nil {
		k.failed[tenantID] = *failed
	}
}

// Staged rows of one run have ids from run * stageSpan on.
const stageSpan = 1 << 32

func stageRange(run int64) (low, high int64) { return run * stageSpan, (run + 1) * stageSpan }

// ruleLetters begin the keys in the store, in the order of the rules' ranks: of
// two keys the lesser is the stronger.
var ruleLetters = map[reconcile.Rule]string{reconcile.RuleLink: "A", reconcile.RuleExternalID: "a", reconcile.RuleEmail: "b", reconcile.RuleUserName: "c", reconcile.RuleFormerLink: "d", reconcile.RuleFormerNumber: "e"}

// keyText is a key as the store compares it.
func keyText(k reconcile.Key) string { return ruleLetters[k.Rule] + k.Value }

// keyOf reads it back.
func keyOf(text string) (reconcile.Key, error) {
	for rule, letter := range ruleLetters {
		if value, ok := strings.CutPrefix(text, letter); ok {
			return reconcile.Key{Rule: rule, Value: value}, nil
		}
	}
	return reconcile.Key{}, fmt.Errorf("key %q in the store is of no known rule", text)
}

// encodeKeys writes keys as a JSON list.
func encodeKeys(keys []reconcile.Key) (string, error) {
	texts := make([]string, len(keys))
	for i, k := range keys {
		texts[i] = keyText(k)
	}
	return encodeList(texts)
}

func decodeKeys(s string) ([]reconcile.Key, error) {
	texts, err := decodeList[string](s)
	if err != nil {
		return nil, err
	}
	keys := make([]reconcile.Key, len(texts))
	for i, text := range texts {
		if keys[i], err = keyOf(text); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// encodeList writes a list as JSON; nil as [].
func encodeList[T any](list []T) (string, error) {
	if list == nil {
		return "[]", nil
	}
	b, err := json.Marshal(list)
	return string(b), err
}

func decodeList[T any](s string) ([]T, error) {
	var list []T
	if err := json.Unmarshal([]byte(s), &list); err != nil {
		return nil, fmt.Errorf("list in the store: %w", err)
	}
	return list, nil
}

func fromMillis(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

func whole(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
