package frontend

import (
	"net/http"
	"time"

	"rollcall/app"
)

// galleryPath is where the components are on show while they are developed.
const galleryPath = "/gallery"

// galleryStates are the states in which the gallery shows the components, the
// first one unless the address names another. A page for each: a component may
// name its parts with ids, so it stands once on a page.
var galleryStates = []string{"usual", "empty", "under way", "trouble"}

// galleryView is every component with something made up to show.
type galleryView struct {
	State   string
	Tenants []tenantRow
	Figures []figureView
	Counts  countPlot
	Lists   listsPlot
	Plot    *plotView
	Change  *changeView
	Decide  decideView
	Plan    planView
	Setting settingView
	Options []optionView
	Moment  when
	Command command
	Failure failure
	Long    value
}

// galleryShow draws the components themselves, made by the functions that make
// them for the pages. Their forms are as alive as elsewhere and name what does
// not exist.
func (s *site) galleryShow(w http.ResponseWriter, r *http.Request) error {
	shell, _, err := s.shellOf(r.Context(), "Components", "gallery")
	if err != nil {
		return err
	}
	v := newGallery(s.now())
	v.State = galleryStates[0]
	for _, state := range galleryStates {
		if r.URL.Query().Get("state") == state {
			v.State = state
		}
	}
	s.render(w, r, http.StatusOK, galleryPage(shell, v))
	return nil
}

func newGallery(now time.Time) galleryView {
	v := galleryView{
		Moment: at(now.Add(-2*time.Hour), now), Command: rollcall("", "findings", "--tenant", "Beacon Desk"),
		Long: row("A name that is longer than any column of any table and has a hidden \u202e character in it"),
		Decide: decideView{
			ID: "made-up", Name: row("Rana Jarrow"), Tenant: row("Beacon Desk"), Badge: "orphaned",
			Day: isoDay(now, exceptDays),
		},
		Setting: settingView{
			ID: "made-up", Name: "made-up", Label: "Days until a list is stale", Means: "From an older list nothing can be planned.",
			Value: row("14 days"), Default: row("7 days"), Raw: "14", Range: "1 to 90 days", Changed: true,
		},
		Failure: failureOf(&app.Error{Kind: app.KindFailed, Text: "Beacon Desk answered HTTP 401.", Do: "Set a new token in its settings."}),
		Options: []optionView{{Value: "a", Label: row("leavers too")}, {Value: "b", Label: row("active people only: who is missing has left"), Selected: true}},
		Change: newChange(&app.EntryChange{
			Of:         "account",
			Attributes: []app.AttrChange{{Path: "active", Before: "true", After: "false", Had: true, Has: true}, {Path: "title", Before: "Clerk", Had: true}, {Path: "nickName", After: "Rana", Has: true}},
			Memberships: []app.MemberChange{
				{Name: "Agents", ID: "g-1"}, {Name: "Former staff", ID: "g-2", Added: true},
			},
			Kept: 3,
		}),
	}
	v.Plan = galleryPlan(now)
	v.gallerySyncs(now)
	return v
}

func galleryPlan(now time.Time) planView {
	running := newRun(app.Plan{}, app.RunState{
		Begun: true, Running: true, Started: now.Add(-20 * time.Second),
		RunResult: app.RunResult{Confirmed: 2, Pending: 2, Actions: make([]app.ActionResult, 4)},
	}, now)
	return planView{
		Hash: "0000000000000000", Short: "000000000000", Ticket: row("HD-4812"), Run: running,
		Ceilings: []ceilingView{{Tenant: row("Beacon Desk"), Words: "12 of 10", Note: "2 more than its ceiling", Over: true}},
		Go: goView{
			Button: "Deactivate 12 accounts…", Tone: "act", Title: "Deactivate 12 accounts", Effect: "They cannot sign in from then on.",
			Deeds: []value{row("12 accounts are deactivated in Beacon Desk")}, Confirm: []totalView{{Tenant: "Acme Chat", Name: row("Acme Chat"), Total: "12"}},
		},
	}
}

// galleryFailed is the same plan after a run that met everything.
func galleryFailed(v planView) planView {
	v.Run = newRun(app.Plan{}, app.RunState{
		Begun: true, RunResult: app.RunResult{Confirmed: 1, Skipped: 1, Failed: 1, Unknown: 1, Actions: make([]app.ActionResult, 4)},
		Problem: &app.Problem{Text: "The connection broke off.", Do: "Settle the open call, then run the plan again."},
	}, time.Time{})
	return v
}

// gallerySyncs fills in what is counted over time.
func (v *galleryView) gallerySyncs(now time.Time) {
	var counts []app.DayCounts
	lists := []app.ListDays{{Tenant: "Beacon Desk", TenantID: "made-up"}, {Tenant: "Harbor CRM", TenantID: "made-up-2"}}
	var syncs []app.Sync
	for i := range 30 {
		date := now.AddDate(0, 0, i-29)
		counts = append(counts, app.DayCounts{Day: isoDay(date, 0), Orphaned: 40 - i, Leavers: 3 + i%4, Matched: 900, Active: 1000})
		for l := range lists {
			lists[l].Days = append(lists[l].Days, app.ListDay{Day: isoDay(date, 0), Sealed: 1 - l*(i%5)/4, Unsealed: l * (i % 5) / 4})
		}
		syncs = append(syncs, app.Sync{Finished: now.AddDate(0, 0, -i), Accounts: 1000 - i, Sealed: i%9 != 4, Certificate: "1,000 of 1,000 accounts listed"})
	}
	v.Counts, v.Lists, v.Plot = newCountPlot(counts), newListsPlot(lists, now), newPlot(syncs, now)
	broken := app.Sync{Finished: now.Add(-time.Hour), Accounts: 640, Problems: []app.Problem{{Text: "Listed 640 of 1,000 accounts.", Do: "Sync again."}}}
	for _, t := range []app.Tenant{
		{Name: "Beacon Desk", BaseURL: "https://beacon.example/scim", Writes: true, Accounts: 1000, Leavers: 3, Orphaned: 11, Sync: &syncs[0]},
		{Name: "Harbor CRM", BaseURL: "https://harbor.example/scim", Accounts: 640, Sync: &broken},
		{Name: "Travel portal", Source: app.SourceFile, Accounts: 33, Sync: &syncs[1]},
		{Name: "Not synced", BaseURL: "https://new.example/scim"},
	} {
		v.Tenants = append(v.Tenants, newTenantRow(t, now))
	}
	v.Figures = []figureView{
		{Label: "Leavers still active", Value: "3", Tone: "act", Note: "accounts of 2 people · longest 12 d", Next: "Review leavers", Href: "/findings"},
		{Label: "Orphaned", Value: "0", Note: "every active account has a person"},
	}
}
