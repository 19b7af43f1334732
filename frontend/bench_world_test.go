package frontend

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"rollcall/app"
	"rollcall/app/reconcile"
	"rollcall/app/secrets"
	"rollcall/scim/scimtest"
)

// largeTenants are the sizes of ten tenants with 100,000 accounts in all. The
// second is the one that is synced while the pages are measured.
var largeTenants = []int{40_000, 20_000, 10_000, 8_000, 7_000, 5_000, 4_000, 3_000, 2_000, 1_000}

const (
	largePeople     = 60_000
	largeGroups     = 100 // of each tenant; every account is in two
	largePlans      = 20
	syncedMeanwhile = 1 // index of the tenant that is synced meanwhile
)

// largeWorld is a workspace of 100,000 accounts, each seen by two syncs, and
// 60,000 people, with plans and decisions on its record.
type largeWorld struct {
	b       *testing.B
	app     *app.App
	servers []*scimtest.Server
	orphans []app.Finding // to decide on
}

func newLargeWorld(b *testing.B) *largeWorld {
	b.Helper()
	w := &largeWorld{b: b}
	var err error
	w.app, err = app.Open(b.Context(), app.Config{Dir: b.TempDir(), Actor: "bench", Secrets: secrets.Memory()})
	w.must(err)
	b.Cleanup(func() { w.must(w.app.Close()) })
	w.roster()
	first := 0
	for i, n := range largeTenants {
		w.tenant(i, first, n)
		first += n
	}
	w.sync()
	for i := range w.servers {
		w.change(i, 10)
	}
	w.sync()
	w.decide()
	return w
}

func (w *largeWorld) must(err error) {
	w.b.Helper()
	if err != nil {
		w.b.Fatal(err)
	}
}

// roster imports the people; every fiftieth has left.
func (w *largeWorld) roster() {
	var b bytes.Buffer
	b.WriteString("Employee Number,Name,Email,Manager,Status,End Date\n")
	for i := range largePeople {
		status := "active,"
		if i%50 == 1 {
			status = "left,2026-01-31"
		}
		fmt.Fprintf(&b, "%d,%s,%s,%d,%s\n", 100_000+i, nameOf(i), mailOf(i), 100_000+i/10, status)
	}
	_, err := w.app.ImportRoster(w.b.Context(), app.RosterImport{File: "people.csv", Content: bytes.NewReader(b.Bytes()), TimeZone: "UTC"})
	w.must(err)
}

var (
	givenNames  = []string{"Anna", "Jonas", "Mehmet", "Sofia", "Lukas", "Chiara", "Piotr", "Amelie", "Noah", "Ines", "Yusuf", "Freya", "Mateo"}
	familyNames = []string{"Schmidt", "Okafor", "Lindqvist", "Rossi", "Nowak", "Fernandez", "Yilmaz", "Dubois", "Haddad", "Petrov", "Andersen"}
)

func nameOf(i int) string {
	return fmt.Sprintf("%s %s%d", givenNames[i%len(givenNames)], familyNames[i%len(familyNames)], i/143)
}

func mailOf(i int) string { return fmt.Sprintf("person%d@corp.example", i) }

// tenant connects a provider with the accounts from first on. They belong to
// people one after the other, but every fiftieth, which nobody knows.
func (w *largeWorld) tenant(i, first, n int) {
	opt := scimtest.Options{Count: n, Generate: func(j int) scimtest.User { return largeUser(i, first+j) }}
	for g := range largeGroups {
		group := scimtest.Group{ID: fmt.Sprintf("g%d", g), DisplayName: fmt.Sprintf("Team %d", g)}
		for j := g; j < n; j += largeGroups {
			group.Members = append(group.Members, idOf(first+j), idOf(first+(j+7)%n))
		}
		opt.Groups = append(opt.Groups, group)
	}
	server := scimtest.New(opt)
	w.b.Cleanup(server.Close)
	w.servers = append(w.servers, server)
	_, err := w.app.AddTenant(w.b.Context(), app.TenantSpec{Name: tenantName(i), BaseURL: server.URL, Token: scimtest.Token, AllowWrites: "measured"})
	w.must(err)
}

// idOf spreads ids as random ones are spread.
func idOf(i int) string { return fmt.Sprintf("%08x-%05x", uint32(i)*2654435761, i) }

func tenantName(i int) string { return fmt.Sprintf("Tenant %02d", i) }

func largeUser(tenant, i int) scimtest.User {
	p := i % largePeople
	u := scimtest.User{
		ID: idOf(i), UserName: mailOf(p), ExternalID: fmt.Sprint(100_000 + p), DisplayName: nameOf(p), Emails: []string{mailOf(p)}, Active: i%25 != 3,
		Extra: map[string]jsontext.Value{
			"title":        jsontext.Value(fmt.Sprintf(`"Engineer %d"`, i%40)),
			"phoneNumbers": jsontext.Value(fmt.Sprintf(`[{"value":"+49 30 %07d","type":"work"}]`, i)),
			"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": jsontext.Value(fmt.Sprintf(`{"department":"Department %d"}`, i%50)),
		},
	}
	if i%50 == 0 {
		u.UserName, u.ExternalID, u.Emails = fmt.Sprintf("agency%d-%d@elsewhere.example", tenant, i), "", nil
	}
	return u
}

func (w *largeWorld) sync(tenants ...string) {
	list, err := w.app.Sync(w.b.Context(), app.SyncRequest{Tenants: tenants})
	w.must(err)
	for _, s := range list {
		if !s.Sealed {
			w.b.Fatalf("%s is not sealed: %v", s.Tenant, s.Problems)
		}
	}
}

// change gives each of percent % of a tenant's accounts another display name.
func (w *largeWorld) change(tenant, percent int) {
	for i, u := range w.servers[tenant].Users() {
		if i%100 < percent {
			w.servers[tenant].Update(u.ID, func(u *scimtest.User) { u.DisplayName += "'"; u.Version++ })
		}
	}
}

// decide puts plans, one of them run, and decisions on the record.
func (w *largeWorld) decide() {
	ctx := w.b.Context()
	orphans, err := w.app.Findings(ctx, app.FindingFilter{Kind: reconcile.KindOrphaned, Limit: 2 * most})
	w.must(err)
	w.orphans = orphans.Findings
	page, err := w.app.Findings(ctx, app.FindingFilter{Kind: reconcile.KindLeaver, Limit: largePlans + 12})
	w.must(err)
	for i, f := range page.Findings {
		switch {
		case i < largePlans:
			plan, err := w.app.Plan(ctx, app.PlanRequest{Tenant: f.TenantID, Accounts: []string{f.Account.ID}, Action: "deactivate", Ticket: fmt.Sprintf("IT-%d", 4000+i)})
			w.must(err)
			if i == 0 {
				_, err = w.app.Run(ctx, plan.Hash)
				w.must(err)
			}
		case i < largePlans+5:
			_, err = w.app.Offboard(ctx, app.OffboardRequest{Person: f.Person.Number, Ticket: fmt.Sprintf("HD-%d", 4000+i)})
			w.must(err)
		case i < largePlans+10:
			_, err = w.app.Protect(ctx, f.TenantID, f.Account.ID, "measured")
			w.must(err)
		default:
			_, err = w.app.ExceptFinding(ctx, app.ExceptRequest{Tenant: f.TenantID, Account: f.Account.ID, Kind: f.Kind, Until: tomorrow(), Reason: "measured"})
			w.must(err)
		}
	}
}

// except leaves one finding after the other alone, from the record's entry to
// the list that shows it no more.
func (w *largeWorld) except(b *testing.B) {
	ctx := b.Context()
	for b.Loop() {
		reportTimes(b, most, func(int) {
			f := w.orphans[0]
			w.orphans = w.orphans[1:]
			_, err := w.app.ExceptFinding(ctx, app.ExceptRequest{Tenant: f.TenantID, Account: f.Account.ID, Kind: f.Kind, Until: tomorrow(), Reason: "measured"})
			w.must(err)
			_, err = w.app.Findings(ctx, app.FindingFilter{Limit: 1})
			w.must(err)
		})
	}
}
