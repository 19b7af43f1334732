package app

import (
	"context"
	"fmt"
	"strings"
	"time"

	"rollcall/db"
	"rollcall/db/storeq"
	"rollcall/scim"

	"github.com/go-json-experiment/json"
)

const (
	// A stage is gone on with for this long after its last page.
	resumeWithin = time.Hour
	// The certificate tells every resumption, and an entry has its bounds.
	mostResumptions = 100
)

// Resumption is one time that an interrupted sync went on.
type Resumption struct {
	At          time.Time `json:"at"`
	List        string    `json:"list"`          // "Users" or "Groups": where it went on
	PagesBefore int       `json:"pagesBefore"`   // kept from before
	PagesAfter  int       `json:"pagesAfter"`    // asked for from then on, to the next one or the end
	Anew        bool      `json:"anew,omitzero"` // it could not go on: that list was begun again, and its pages from before were dropped
}

// openStage goes on with what an interrupted sync of the tenant left, where it
// may; otherwise it clears that and begins anew.
func (a *App) openStage(ctx context.Context, t syncTarget, now time.Time) (*stager, error) {
	shape, err := a.listShape(ctx, t.id)
	if err != nil {
		return nil, err
	}
	var s *stager
	if !t.fresh {
		if s, err = leftStage(ctx, a.store, t.id, shape, now); err != nil {
			return nil, err
		}
	}
	if s == nil {
		if s, err = newStager(ctx, a.store, "s_"+randomID(), t.id, shape, now); err != nil {
			return nil, err
		}
	}
	s.now = a.cfg.Now
	return s, nil
}

// listShape is a keyed digest of all that shapes what a listing asks and how it
// is read: pages that were listed otherwise do not belong together.
func (a *App) listShape(ctx context.Context, tenantID string) (string, error) {
	row, err := a.tenantRow(ctx, tenantID)
	if err != nil {
		return "", err
	}
	pepper := a.rec.Pepper()
	d := newContentDigest(pepper[:])
	parts := []string{row.ID, row.BaseUrl, row.Preset, row.Auth, row.AuthUser, string(row.CaPem), a.cfg.Version, fmt.Sprint(scim.PlaceVersion)}
	for _, part := range parts {
		d.add([]byte(part))
	}
	return d.hex(), nil
}

// leftStage returns the stage that an interrupted sync of the tenant left; nil
// where there is none that may be gone on with.
func leftStage(ctx context.Context, store *db.Store, tenantID, shape string, now time.Time) (*stager, error) {
	var s *stager
	err := store.Write(ctx, func(tx *db.Tx) error {
		tenant, err := tx.PutTenantNo(ctx, tenantID)
		if err != nil {
			return err
		}
		runs, err := tx.StageRuns(ctx, tenant)
		if err != nil || len(runs) != 1 {
			return err
		}
		shown, err := shownNo(ctx, tx, tenantID)
		if err != nil {
			return err
		}
		old, err := settingDuration(ctx, tx.Queries, settingStaleAfter, staleAfter)
		if err != nil || !mayResume(runs[0], shape, shown, now, old) {
			return err
		}
		s, err = stagerOf(store, runs[0], now)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look for the stage of an interrupted sync: %w", err)
	}
	return s, nil
}

// shownNo is the snapshot that is on show, by its number; 0: none.
func shownNo(ctx context.Context, tx *db.Tx, tenantID string) (int64, error) {
	shown, err := onShow(ctx, tx.Queries, tenantID)
	if err != nil || shown == nil {
		return 0, err
	}
	return shown.No, nil
}

// mayResume says whether a stage may be gone on with: it holds pages, they were
// listed in the same way, lean on what is still on show, and are not old. A list
// that was begun longer ago than old could not be planned from.
func mayResume(run storeq.StageRun, shape string, shown int64, now time.Time, old time.Duration) bool {
	since := func(ms int64) time.Duration { return now.Sub(fromMillis(ms)) }
	return run.Digest == shape && shape != "" && run.Shown == shown && run.Pages > 0 &&
		since(run.LastPage) >= 0 && since(run.LastPage) <= resumeWithin &&
		since(run.Started) >= 0 && since(run.Started) <= old
}

// stagerOf rebuilds the stager of a stage; nil where it would not be worth it.
func stagerOf(store *db.Store, run storeq.StageRun, now time.Time) (*stager, error) {
	s := &stager{
		store: store, run: run.No, tenant: run.Tenant, sync: run.SyncID, started: fromMillis(run.Started),
		stage: scim.Kind(run.Stage), pass: int(run.Pass), next: run.Next, pages: int(run.Pages),
		accounts: int(run.Accounts), active: int(run.Active), named: int(run.Named), groups: int(run.GroupCount), members: int(run.Members),
		cursor: scim.Cursor(run.Cursor), claimed: int(run.Claimed), lastPage: fromMillis(run.LastPage),
	}
	var err error
	if s.resumed, err = decodeList[Resumption](run.Resumed); err != nil {
		return nil, err
	}
	if s.stage == scim.Groups {
		if err := json.Unmarshal([]byte(run.Users), &s.users); err != nil {
			return nil, fmt.Errorf("listing in the store: %w", err)
		}
		s.base = pagesOf(s.users)
	}
	if s.stage == scim.Groups && !s.users.Complete || len(s.resumed) >= mostResumptions {
		return nil, nil
	}
	s.from = s.count()
	s.resumed = append(s.resumed, Resumption{At: now, List: string(s.stage), PagesBefore: s.pages})
	return s, nil
}

// options say where the list under way goes on.
func (s *stager) options(ctx context.Context) scim.ListOptions {
	opt := scim.ListOptions{Cursors: s.users.ByCursor()}
	if s.cursor != "" {
		opt.Start, opt.Seen, opt.Away = s.cursor, s.ids(ctx), s.now().Sub(s.lastPage)
	}
	return opt
}

// ids yields the ids on the stage of the list under way. An error ends it early
// and stays in idsErr; the client refuses to go on with fewer ids than it counted.
func (s *stager) ids(ctx context.Context) func(func(string) bool) {
	table := "stage_account"
	if s.stage == scim.Groups {
		table = "stage_group"
	}
	low, high := stageRange(s.run)
	return func(yield func(string) bool) {
		s.idsErr = s.store.Read(ctx, func(tx *db.Tx) error {
			rows, err := tx.SQL.QueryContext(ctx, `SELECT scim_id FROM `+table+` WHERE id >= ? AND id < ?`, low, high)
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
				var id string
				if err := rows.Scan(&id); err != nil {
					return err
				}
				if !yield(id) {
					return nil
				}
			}
			return rows.Err()
		})
	}
}

// turn closes the list of users and begins that of groups.
func (s *stager) turn(ctx context.Context, users scim.Listing) error {
	s.begin(scim.Groups)
	s.users, s.base, s.pages = users, pagesOf(users), pagesOf(users)
	s.cursor, s.claimed, s.from = "", 0, 0
	err := s.store.Write(ctx, func(tx *db.Tx) error { return s.advance(ctx, tx) })
	if err != nil {
		return fmt.Errorf("stage the end of the users: %w", err)
	}
	return nil
}

// advance writes down how far the stage is.
func (s *stager) advance(ctx context.Context, tx *db.Tx) error {
	var users []byte
	if s.stage == scim.Groups {
		var err error
		if users, err = json.Marshal(s.users); err != nil {
			return fmt.Errorf("encode the listing of users: %w", err)
		}
	}
	resumed, err := encodeList(s.resumed)
	if err != nil {
		return err
	}
	return tx.AdvanceStageRun(ctx, storeq.AdvanceStageRunParams{
		Stage: string(s.stage), Pages: int64(s.pages), Cursor: string(s.cursor), LastPage: s.now().UnixMilli(), Pass: int64(s.pass),
		Claimed: int64(s.claimed), Next: s.next, Accounts: int64(s.accounts), Active: int64(s.active), Named: int64(s.named), GroupCount: int64(s.groups),
		Members: int64(s.members), Users: string(users), Resumed: resumed, No: s.run,
	})
}

// leave ends a sync of which nothing is recorded: what it read stays for the
// next one to go on with.
func (s *stager) leave(ctx context.Context) error {
	if s.pages > 0 {
		return nil
	}
	return s.drop(ctx)
}

// keep has the stage outlive the entry of its sync, which ends as unsealed: it
// becomes that of the next sync, under an id of its own.
func (s *stager) keep(ctx context.Context) error {
	err := s.store.Write(ctx, func(tx *db.Tx) error {
		return tx.RenameStageRun(ctx, storeq.RenameStageRunParams{Later: "s_" + randomID(), No: s.run})
	})
	if err != nil {
		return fmt.Errorf("keep the stage: %w", err)
	}
	return nil
}

// resumptions tells each resumption with the pages that followed it, of the
// given number in all.
func (s *stager) resumptions(pages int) []Resumption {
	for i := range s.resumed {
		r := &s.resumed[i]
		kept, until := r.PagesBefore, pages
		if r.Anew {
			kept = 0
			if r.List == string(scim.Groups) {
				kept = s.base
			}
		}
		if i+1 < len(s.resumed) {
			until = s.resumed[i+1].PagesBefore
		}
		r.PagesAfter = max(0, until-kept)
	}
	return s.resumed
}

// resumedWords are for the certificate's sentence; "" where nothing was resumed.
func resumedWords(all []Resumption) string {
	var b strings.Builder
	for _, r := range all {
		at, before, after := stamp(r.At), counted(r.PagesBefore, "page"), counted(r.PagesAfter, "page")
		if r.Anew {
			what := "users"
			if r.List == string(scim.Groups) {
				what = "groups"
			}
			fmt.Fprintf(&b, " Interrupted after %s; at %s the list of %s was begun again, with %s.", before, at, what, after)
			continue
		}
		fmt.Fprintf(&b, " Interrupted after %s and resumed at %s, with %s more.", before, at, after)
	}
	return b.String()
}
