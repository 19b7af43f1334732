package frontend

import (
	"encoding/json"
	"fmt"
	"time"

	"rollcall/app"
	"rollcall/app/reconcile"
)

// sampleNow is the moment at which the samples are looked at.
var sampleNow = time.Date(2026, 11, 22, 13, 5, 0, 0, time.UTC)

// sampleSite is a site that draws samples; it has no app behind it.
func sampleSite() *site {
	return newSite(nil, Options{Now: func() time.Time { return sampleNow }}, builtAssets())
}

func sampleSync(tenant string, ago time.Duration, sealed bool, accounts int) *app.Sync {
	s := &app.Sync{
		ID: "s-" + tenant, Tenant: tenant, Started: sampleNow.Add(-ago - time.Minute), Finished: sampleNow.Add(-ago),
		Sealed: sealed, GroupsSealed: sealed, Accounts: accounts, Groups: 40, Pages: 24,
		Certificate: fmt.Sprintf("%s of %s listed, twice alike, no filter", count(accounts), count(accounts)),
	}
	if !sealed {
		s.Problems = []app.Problem{{
			Code: "listing-incomplete", Text: "The tenant says 1,310 accounts and listed 1,204.",
			Do: "Sync again; if it stays so, ask the vendor which accounts its token may not see.",
		}}
	}
	return s
}

func sampleTenants() []app.Tenant {
	mk := func(name, host string, accounts, orphaned, leavers int, s *app.Sync, writes bool) app.Tenant {
		return app.Tenant{
			ID: "t-" + name, Name: name, BaseURL: "https://" + host + "/scim/v2", Writes: writes, Sync: s,
			Accounts: accounts, Active: accounts, Matched: accounts - orphaned, Orphaned: orphaned, Leavers: leavers,
		}
	}
	figma := mk("Figma", "www.figma.example", 1310, 11, 0, sampleSync("Figma", time.Hour, false, 1204), false)
	figma.Blocked = figma.Sync.Problems
	return []app.Tenant{
		mk("Slack", "corp.slack.example", 2301, 1, 0, sampleSync("Slack", 2*time.Hour, true, 2301), true),
		mk("GitHub EMU", "api.github.example", 460, 0, 2, sampleSync("GitHub EMU", 2*time.Hour, true, 460), true),
		figma,
		mk("Sentry", "sentry.example", 214, 0, 2, sampleSync("Sentry", 2*time.Hour, true, 214), false),
		mk("Atlassian", "api.atlassian.example", 1954, 0, 1, sampleSync("Atlassian", 3*time.Hour, true, 1954), false),
		mk("Miro", "miro.example", 0, 0, 0, nil, false),
		sampleFile(),
	}
}

// sampleFile is a tenant without SCIM.
func sampleFile() app.Tenant {
	s := sampleSync("Travel portal", 4*24*time.Hour, true, 1120)
	s.Certificate = "A file of 1,120 rows exported by you. A file cannot prove that it is complete."
	return app.Tenant{
		ID: "t-travel", Name: "Travel portal", Source: app.SourceFile, Sync: s, Accounts: 1120, Active: 1120, Matched: 1120,
		File: &app.ListFile{Name: "members.csv", ExportedBy: "you", ExportedAt: sampleNow.Add(-4 * 24 * time.Hour), Members: 1120},
	}
}

func sampleRoster() *app.Roster {
	return &app.Roster{
		Source: "hr", Revision: 17, File: "people-2026-11-20.csv", Imported: sampleNow.Add(-50 * time.Hour),
		People: 2318, Leavers: 143, TimeZone: "Europe/Berlin",
	}
}

func sampleOverview() app.Overview {
	return app.Overview{
		Now: sampleNow, Tenants: sampleTenants(), Roster: sampleRoster(),
		ByKind: map[reconcile.Kind]int{
			reconcile.KindLeaver: 5, reconcile.KindOrphaned: 12, reconcile.KindDisputed: 2, reconcile.KindCollision: 1,
		},
		LeaverPeople: 3, LongestLeaver: 22,
		Record: app.RecordState{Entries: 18205, Verified: sampleNow.Add(-2 * time.Minute), VerifiedTo: 18205, OK: true},
		ToDo: []app.ToDo{
			{Tenant: "Figma", Problem: app.Problem{Code: "listing-incomplete", Text: "Figma listed 1,204 of 1,310 accounts.", Do: "Nothing can be planned there until a sync is complete."}},
			{Tenant: "Miro", Problem: app.Problem{Code: "never-synced", Text: "Miro was never synced.", Do: "Sync it to see its accounts."}},
			{Problem: app.Problem{Code: "roster-old", Text: "The roster is 12 days old.", Do: "Import a newer file; reviews need one younger than 7 days."}},
		},
		Demo: true,
	}
}

func sampleFindings() app.FindingsPage {
	f := func(kind reconcile.Kind, tenant, user, name, reason string, days int) app.Finding {
		return app.Finding{
			ID: fmt.Sprintf("%s-%s-%s", kind, tenant, user), TenantID: "t-" + tenant, Tenant: tenant, Kind: kind,
			Account: app.FindingAccount{ID: "5fc0-" + user, UserName: user, DisplayName: name, Active: "active", Groups: 3},
			Reason:  reason, Rule: "none", Since: sampleNow.Add(-time.Duration(days) * 24 * time.Hour),
		}
	}
	page := app.FindingsPage{
		Total: 20, AsOf: sampleNow,
		ByKind: sampleOverview().ByKind,
		Findings: []app.Finding{
			f(reconcile.KindLeaver, "GitHub EMU", "j.okafor@corp.example", "Jane Okafor", "The roster says her last day was 31 Oct 2026, and the account is active.", 22),
			f(reconcile.KindLeaver, "Sentry", "j.okafor@corp.example", "Jane Okafor", "The roster says her last day was 31 Oct 2026, and the account is active.", 22),
			f(reconcile.KindLeaver, "Atlassian", "p.lind@corp.example", "Per Lind", "The roster says his last day was 14 Nov 2026, and the account is active.", 8),
			f(reconcile.KindOrphaned, "Slack", "m.ferri@contoso-agency.example", "Marta Ferri", "No person in the roster has this email, user name or employee number.", 3),
			f(reconcile.KindOrphaned, "Figma", "k.blom@contoso-agency.example", "Kees Blom", "No person in the roster has this email, user name or employee number.", 3),
			f(reconcile.KindOrphaned, "Figma", "svc-deploy", "", "No person in the roster has this email, user name or employee number.", 41),
			f(reconcile.KindDisputed, "Slack", "anna.schmidt@corp.example", "Anna Schmidt", "Two people match: 100233 by email, 100871 by employee number.", 1),
			f(reconcile.KindCollision, "Atlassian", "r.maas@corp.example", "Rik Maas", "Rik Maas has two active accounts in Atlassian.", 5),
		},
	}
	page.Findings[2].Protected = true
	return page
}

func sampleDetail() app.FindingDetail {
	f := sampleFindings().Findings[0]
	f.Person = &app.FindingPerson{Source: "hr", Number: "100871", Name: "Jane Okafor", Status: "left", End: "2026-10-31", Rule: "external-id", Key: "100871", Leaver: true}
	f.Rule, f.Key = "external-id", "100871"
	return app.FindingDetail{
		Action:  "deactivate",
		Finding: f,
		Tried: []app.Tried{
			{Rule: "link", Found: 0},
			{Rule: "external-id", Values: []string{"100871"}, Found: 1},
			{Rule: "email", Values: []string{"j.okafor@corp.example", "jane@corp.example"}, Found: 1},
			{Rule: "user-name", Values: []string{"j.okafor@corp.example"}, Found: 0},
		},
		Elsewhere: []app.Elsewhere{
			{Tenant: "Slack", UserName: "j.okafor", Active: "inactive", Sealed: true, Found: true},
			{Tenant: "GitHub EMU", UserName: "j.okafor@corp.example", Active: "active", Sealed: true, Found: true},
			{Tenant: "Sentry", UserName: "j.okafor@corp.example", Active: "active", Sealed: true, Found: true},
			{Tenant: "Figma", Sealed: false},
			{Tenant: "Atlassian", Sealed: true},
		},
		Memberships: []string{"engineering", "enterprise owners", "on-call"},
		Sync:        sampleSync("GitHub EMU", 2*time.Hour, true, 460), Roster: sampleRoster(),
		Raw: json.RawMessage(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"5fc0","userName":"j.okafor@corp.example","active":true}`),
	}
}
