package app

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"rollcall/app/reconcile"
	"rollcall/app/secrets"
	"rollcall/db"
	"rollcall/scim"
)

// The benchmarks are at this many accounts and people. They are the local part
// only: pages are made in memory, and no network is waited for.
const benchSize = 100_000

const benchPage = 100

// benchUser is a resource of about the size that real servers send.
func benchUser(i, version int) scim.User {
	mail := fmt.Sprintf("given%d.family%d@corp.example", i, i%977)
	id := fmt.Sprintf("%08x-%04x-4000-8000-%012x", uint32(i)*2654435761, i%65536, i)
	raw := fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],"id":%q,"externalId":"%d","userName":%q,"name":{"givenName":"Given%d","familyName":"Family%d","formatted":"Given%d Family%d"},"displayName":"Given%d Family%d","nickName":"g%d","title":"Engineer %d","emails":[{"value":%q,"type":"work","primary":true},{"value":"private%d@home.example","type":"home"}],"phoneNumbers":[{"value":"+49 30 %07d","type":"work"}],"addresses":[{"type":"work","streetAddress":"Street %d","locality":"Berlin","country":"DE","primary":true}],"groups":[{"value":"g1","display":"Everybody"},{"value":"g%d","display":"Team %d"}],"active":true,"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":"%d","department":"Department %d","manager":{"value":"m%d"}},"meta":{"resourceType":"User","created":"2024-01-01T00:00:00Z","lastModified":"2026-01-01T00:00:%02dZ","version":"%d","location":"https://scim.example/v2/Users/%s"}}`,
		id, 100000+i, mail, i, i%977, i, i%977, i, i%977, i, i%40, mail, i, i, i%300, i%200, i%200, 100000+i, i%50, i%1000, version%60, version, id)
	return scim.User{
		Raw: []byte(raw), ID: id, UserName: mail, ExternalID: fmt.Sprint(100000 + i), DisplayName: fmt.Sprintf("Given%d Family%d", i, i%977),
		Emails: []scim.Email{{Value: mail}, {Value: fmt.Sprintf("private%d@home.example", i)}}, Active: scim.ActiveTrue,
	}
}

func benchUsers(n int, version func(i int) int) []scim.Page {
	var pages []scim.Page
	for i := 0; i < n; i += benchPage {
		p := scim.Page{Pass: 1, Number: i/benchPage + 1}
		for j := i; j < min(i+benchPage, n); j++ {
			p.Users = append(p.Users, benchUser(j, version(j)))
		}
		pages = append(pages, p)
	}
	return pages
}

// bench is a workspace with one tenant that no server stands behind.
type bench struct {
	b      *testing.B
	app    *App
	tenant string
	now    time.Time
}

func newBench(b *testing.B) *bench {
	w := &bench{b: b, now: time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC)}
	var err error
	w.app, err = Open(b.Context(), Config{Dir: b.TempDir(), Actor: "bench", Secrets: secrets.Memory(), Now: func() time.Time { return w.now }})
	w.must(err)
	b.Cleanup(func() { w.must(w.app.Close()) })
	t, err := w.app.AddTenant(b.Context(), TenantSpec{Name: "Acme", BaseURL: "http://127.0.0.1:1/scim", Token: "unused"})
	w.must(err)
	w.tenant = t.ID
	return w
}

func (w *bench) must(err error) {
	w.b.Helper()
	if err != nil {
		w.b.Fatal(err)
	}
}

// sync does all of a sync but the network: stage, certificate, record, merge.
func (w *bench) sync(pages []scim.Page) {
	ctx := w.b.Context()
	t := syncTarget{id: w.tenant, name: "Acme"}
	w.must(w.app.mutate(ctx, func(wr *writer) error {
		w.must(w.app.bulk(ctx, 1))
		defer w.app.bulk(ctx, -1)
		d := snapshotTaken{Sync: "s_" + randomID(), Snapshot: "n_" + randomID(), Started: w.now}
		st, err := newStager(ctx, w.app.store, d.Sync, w.tenant, "", w.now)
		w.must(err)
		st.listed = func(int, int) {}
		for _, p := range pages {
			w.must(st.page(ctx, p))
		}
		try := attempt{tenant: t.name, maxShrink: 20}
		try.users = scim.Listing{Kind: scim.Users, Complete: true, Distinct: st.accounts}
		try.groups = scim.Listing{Kind: scim.Groups, Complete: true}
		w.must(w.app.fill(ctx, &d, try, st))
		s, err := w.app.recordAttempt(ctx, wr, t, try, d)
		if err == nil && !s.Sealed {
			err = fmt.Errorf("not sealed: %v", s.Problems)
		}
		return err
	}))
}

// roster imports the people of the accounts, but every hundredth is missing
// and every fiftieth has left.
func (w *bench) roster(n int) {
	path := filepath.Join(w.b.TempDir(), "people.csv")
	f, err := os.Create(path)
	w.must(err)
	fmt.Fprintln(f, "Employee Number,Name,Email,Status,End Date")
	for i := range n {
		u := benchUser(i, 0)
		status := "active,"
		if i%50 == 1 {
			status = "left,2026-01-31"
		}
		if i%100 != 0 {
			fmt.Fprintf(f, "%s,%s,%s,%s\n", u.ExternalID, u.DisplayName, u.UserName, status)
		}
	}
	w.must(f.Close())
	_, err = w.app.ImportRoster(w.b.Context(), RosterImport{File: path})
	w.must(err)
}

// plainInsert is what the sync's floor is measured by: the same rows, with
// their raw resources, into two tables without an index, a transaction a page.
func (w *bench) plainInsert(pages []scim.Page) time.Duration {
	ctx := w.b.Context()
	store, err := db.OpenStore(ctx, filepath.Join(w.b.TempDir(), "plain.db"), db.Create)
	w.must(err)
	defer store.Close()
	w.must(store.SetBulk(ctx, true))
	start := time.Now()
	id := 0
	for _, p := range pages {
		w.must(store.Write(ctx, func(tx *db.Tx) error {
			ins, err := prepareAll(ctx, tx, insertAccount, insertResource)
			if err != nil {
				return err
			}
			defer ins.close()
			for _, u := range p.Users {
				id++
				if err := ins.exec(ctx, 0, id, u.ID, []byte(u.ID)[:16], u.UserName, u.DisplayName, u.ExternalID, 1, "[]", "[]"); err != nil {
					return err
				}
				if err := ins.exec(ctx, 1, id, []byte(u.Raw)); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	return time.Since(start)
}

// report gives the time per operation of n rows, and its ratio to a floor.
func (w *bench) report(took, floor time.Duration, what string) {
	w.b.ReportMetric(float64(took.Nanoseconds())/benchSize, "ns/account")
	if floor > 0 {
		w.b.ReportMetric(float64(took)/float64(floor), what)
	}
}

func unchanged(int) int { return 0 }

func BenchmarkFirstSync(b *testing.B) {
	pages := benchUsers(benchSize, unchanged)
	for b.Loop() {
		b.StopTimer()
		w := newBench(b)
		floor := w.plainInsert(pages)
		b.StartTimer()
		start := time.Now()
		w.sync(pages)
		w.report(time.Since(start), floor, "x-plain-insert")
	}
}

func BenchmarkResync(b *testing.B) {
	for _, percent := range []int{0, 1, 10} {
		b.Run(fmt.Sprintf("%d%%changed", percent), func(b *testing.B) {
			w := newBench(b)
			first := benchUsers(benchSize, unchanged)
			floor := w.plainInsert(first)
			w.sync(first)
			round := 0
			for b.Loop() {
				b.StopTimer()
				round++
				pages := benchUsers(benchSize, func(i int) int {
					if i%100 < percent {
						return round
					}
					return 0
				})
				b.StartTimer()
				start := time.Now()
				w.sync(pages)
				w.report(time.Since(start), floor, "x-plain-insert")
			}
		})
	}
}

func BenchmarkRosterImport(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		w := newBench(b)
		b.StartTimer()
		start := time.Now()
		w.roster(benchSize)
		w.report(time.Since(start), 0, "")
	}
}

// BenchmarkFindings derives all findings anew, as after a sync or at midnight.
func BenchmarkFindings(b *testing.B) {
	w := newBench(b)
	w.sync(benchUsers(benchSize, unchanged))
	w.roster(benchSize)
	scan := w.scan()
	n := 0
	for b.Loop() {
		w.now = w.now.Add(24 * time.Hour)
		start := time.Now()
		w.must(w.app.deriveFindings(b.Context()))
		w.report(time.Since(start), scan, "x-key-scan")
		n++
	}
	page, err := w.app.Findings(b.Context(), FindingFilter{Limit: 1})
	w.must(err)
	b.ReportMetric(float64(page.Total), "findings")
}

// scan is the time to read both sides' keys once, in order.
func (w *bench) scan() time.Duration {
	start := time.Now()
	w.must(w.app.store.Read(w.b.Context(), func(tx *db.Tx) error {
		for _, table := range []string{"account_key", "person_key"} {
			rows, err := tx.SQL.QueryContext(w.b.Context(), `SELECT key FROM `+table)
			if err != nil {
				return err
			}
			var key sql.RawBytes
			for rows.Next() {
				if err := rows.Scan(&key); err != nil {
					return err
				}
			}
			if err := rows.Close(); err != nil {
				return err
			}
		}
		return nil
	}))
	return time.Since(start)
}

func BenchmarkFindingsPage(b *testing.B) {
	w := newBench(b)
	w.sync(benchUsers(benchSize, unchanged))
	w.roster(benchSize)
	ctx := b.Context()
	first, err := w.app.Findings(ctx, FindingFilter{Limit: 100})
	w.must(err)
	for name, f := range map[string]FindingFilter{
		"first": {Limit: 100}, "next": {Limit: 100, After: first.Next}, "search": {Limit: 100, Search: "family42"},
		"nothing": {Limit: 100, Search: "no such thing"}, "kind": {Limit: 100, Kind: reconcile.KindLeaver}, "tenant": {Limit: 100, Tenant: "Acme"},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_, err := w.app.Findings(ctx, f)
				w.must(err)
			}
		})
	}
}
