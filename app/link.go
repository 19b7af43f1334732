package app

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"rollcall/app/reconcile"
	"rollcall/audit"
	"rollcall/db"
	"rollcall/db/storeq"
)

// The types of entries that say whose an account is, and their data. Once
// released a type keeps its fields for ever: add, never change.
const (
	typeLinked   = "account.linked"
	typeUnlinked = "account.unlinked"
)

func init() {
	projections[typeLinked] = applyLinked
	projections[typeUnlinked] = applyUnlinked
}

type accountLinked struct {
	Account  audit.Personal `json:"account"` // SCIM id
	UserName audit.Personal `json:"userName"`
	Source   string         `json:"source"` // of the roster
	Number   audit.Personal `json:"number"` // of the person
	Name     audit.Personal `json:"name"`
	Reason   audit.Personal `json:"reason"`

	// What the account said of its person. Emails is a JSON list; entries of older
	// versions lack both.
	ExternalID audit.Personal `json:"externalId,omitzero"`
	Emails     audit.Personal `json:"emails,omitzero"`

	// What the roster said of the person; a JSON list, which older entries lack.
	PersonEmails audit.Personal `json:"personEmails,omitzero"`
}

type accountUnlinked struct {
	Account  audit.Personal `json:"account"`
	UserName audit.Personal `json:"userName"`
	Reason   audit.Personal `json:"reason"`
}

// Link is a person's decision whose an account is. It outweighs every rule.
type Link struct {
	TenantID string        `json:"tenantId"`
	Tenant   string        `json:"tenant"`
	ID       string        `json:"id"` // SCIM id of the account
	UserName string        `json:"userName"`
	Person   FindingPerson `json:"person"`          // as on the roster now; if gone, as it was then
	Gone     bool          `json:"gone"`            // the person is not on the roster any more
	Former   bool          `json:"former,omitzero"` // the account, or the person's number, may be somebody else's by now, so that it links nobody
	Before   bool          `json:"before,omitzero"` // it was made before the tenant was removed and added anew, so that it links nobody
	Reason   string        `json:"reason"`
	By       string        `json:"by"`
	Since    time.Time     `json:"since"`
}

// LinkAccount gives an account to a person of the roster, whatever the rules
// say, until it is unlinked. The account is given by SCIM id or userName, the
// person by [PersonRow.ID], employee number, e-mail address, login or full name.
func (a *App) LinkAccount(ctx context.Context, tenant, account, person, reason string) (Link, error) {
	return a.LinkAccountFor(ctx, "", tenant, account, person, reason)
}

// LinkAccountFor is LinkAccount under a ticket, so that the ticket's entries and
// its evidence pack hold the decision; "" is none.
func (a *App) LinkAccountFor(ctx context.Context, ticket, tenant, account, person, reason string) (Link, error) {
	if strings.TrimSpace(account) == "" || strings.TrimSpace(person) == "" || strings.TrimSpace(reason) == "" {
		return Link{}, usageAbout(unsaid(FieldAccount, account, FieldPerson, person), "A link needs an account, a person and a reason.")
	}
	ticket, err := ticketGiven(ticket)
	if err != nil {
		return Link{}, err
	}
	var made Link
	err = a.mutate(ctx, func(w *writer) error {
		row, err := a.tenantBy(ctx, tenant)
		if err != nil {
			return err
		}
		acc, err := a.findAccount(ctx, row.ID, strings.TrimSpace(account))
		if err != nil {
			return err
		}
		var p storeq.Person
		err = a.read(ctx, func(q *storeq.Queries) (err error) {
			if p, err = personByID(ctx, q, person); isNotFound(err) {
				p, err = onePerson(ctx, q, person)
			}
			return err
		})
		if err != nil {
			return err
		}
		emails, err := encodeList(acc.Emails)
		if err != nil {
			return err
		}
		_, err = w.record(ctx, audit.Draft{
			Type: typeLinked, Tenant: row.ID, Ticket: ticket, Target: audit.Text(acc.UserName),
			Data: accountLinked{
				Account: audit.Text(acc.ID), UserName: audit.Text(acc.UserName), Source: p.Source,
				Number: audit.Text(p.Number), Name: audit.Text(p.Name), Reason: audit.Text(reason),
				ExternalID: audit.Text(acc.ExternalID), Emails: audit.Text(emails), PersonEmails: audit.Text(p.Emails),
			},
		})
		if err != nil {
			return err
		}
		made, err = a.linkOf(ctx, row, acc.ID)
		return err
	})
	return made, err
}

// ticketGiven is the ticket that something was asked for under, bounded; "" is none.
func ticketGiven(ticket string) (string, error) {
	if len(ticket) > mostTicket {
		return "", usageAbout(FieldTicket, "The ticket is longer than %d characters.", mostTicket)
	}
	if !utf8.ValidString(ticket) {
		return "", usageAbout(FieldTicket, "The ticket is no text in UTF-8.")
	}
	return strings.TrimSpace(ticket), nil
}

// UnlinkAccount ends a link; the rules decide again.
func (a *App) UnlinkAccount(ctx context.Context, tenant, account, reason string) (Link, error) {
	return a.UnlinkAccountFor(ctx, "", tenant, account, reason)
}

// UnlinkAccountFor is UnlinkAccount under a ticket; "" is none.
func (a *App) UnlinkAccountFor(ctx context.Context, ticket, tenant, account, reason string) (Link, error) {
	if strings.TrimSpace(reason) == "" {
		return Link{}, usageAbout(FieldReason, "Ending a link needs a reason.")
	}
	ticket, err := ticketGiven(ticket)
	if err != nil {
		return Link{}, err
	}
	var was Link
	err = a.mutate(ctx, func(w *writer) error {
		row, err := a.tenantBy(ctx, tenant)
		if err != nil {
			return err
		}
		if was, err = a.linkNamed(ctx, row, strings.TrimSpace(account)); err != nil {
			return err
		}
		_, err = w.record(ctx, audit.Draft{
			Type: typeUnlinked, Tenant: was.TenantID, Ticket: ticket, Target: audit.Text(was.UserName),
			Data: accountUnlinked{Account: audit.Text(was.ID), UserName: audit.Text(was.UserName), Reason: audit.Text(reason)},
		})
		return err
	})
	return was, err
}

// Links lists the links of a tenant, or with "" those of all tenants, by
// tenant and user name, and then those of before a tenant was removed and added
// anew that no other link is in the place of.
func (a *App) Links(ctx context.Context, tenant string) ([]Link, error) {
	names := []string{}
	if tenant != "" {
		names = append(names, tenant)
	}
	tenants, err := a.liveTenants(ctx, names)
	if err != nil {
		return nil, err
	}
	out, err := a.linksIn(ctx, tenants)
	if err != nil {
		return nil, err
	}
	before, err := ofBefore(ctx, a, tenants, a.linksIn)
	for _, d := range before {
		l := d.decision
		l.TenantID, l.Tenant, l.Before = d.tenant.ID, d.tenant.Name, true
		if !slices.ContainsFunc(out, func(x Link) bool { return x.TenantID == l.TenantID && x.ID == l.ID }) {
			out = append(out, l)
		}
	}
	return out, err
}

func (a *App) linksIn(ctx context.Context, tenants []storeq.Tenant) ([]Link, error) {
	out := []Link{}
	err := a.read(ctx, func(q *storeq.Queries) error {
		for _, t := range tenants {
			rows, err := q.LinksOf(ctx, t.ID)
			if err != nil {
				return err
			}
			for _, row := range rows {
				l, err := a.viewLink(ctx, q, t, row)
				if err != nil {
					return err
				}
				out = append(out, l)
			}
		}
		return nil
	})
	return out, err
}

func (a *App) linkOf(ctx context.Context, t storeq.Tenant, accountID string) (l Link, err error) {
	err = a.read(ctx, func(q *storeq.Queries) error {
		row, err := q.LinkOf(ctx, storeq.LinkOfParams{TenantID: t.ID, Account: accountID})
		if err != nil {
			return err
		}
		l, err = a.viewLink(ctx, q, t, row)
		return err
	})
	return l, err
}

// linkNamed finds a link by the account's id or user name, also where no list
// shows the account any more, or else one of when the tenant was removed and added
// anew.
func (a *App) linkNamed(ctx context.Context, t storeq.Tenant, account string) (Link, error) {
	l, err := a.linkNamedIn(ctx, []storeq.Tenant{t}, t.Name, account)
	if !isNotFound(err) {
		return l, err
	}
	before, e := a.tenantsBefore(ctx, t.ID)
	if e != nil || len(before) == 0 {
		return l, cmp.Or(e, err)
	}
	return a.linkNamedIn(ctx, before, t.Name, account)
}

func (a *App) linkNamedIn(ctx context.Context, tenants []storeq.Tenant, tenant, account string) (Link, error) {
	all, err := a.linksIn(ctx, tenants)
	if err != nil {
		return Link{}, err
	}
	var named []Link
	for _, l := range all {
		if l.ID == account {
			return l, nil
		}
		if reconcile.Normalise(l.UserName) == reconcile.Normalise(account) {
			named = append(named, l)
		}
	}
	switch len(named) {
	case 0:
		return Link{}, notFound(quoted(account)+" is not linked in "+tenant+".", "List the links with rollcall link list.")
	case 1:
		return named[0], nil
	}
	return Link{}, usage("%d linked accounts have the user name %s; give the id of one.", len(named), quoted(account))
}

func (a *App) viewLink(ctx context.Context, q *storeq.Queries, t storeq.Tenant, row storeq.Link) (Link, error) {
	l := Link{
		TenantID: t.ID, Tenant: t.Name, ID: row.Account, UserName: row.UserName, Reason: row.Reason, By: row.Actor, Since: fromMillis(row.Since),
		Person: FindingPerson{Source: row.Source, Number: row.Number, Name: row.Name, Rule: string(reconcile.RuleLink), Key: row.Number},
	}
	var err error
	if l.Former, err = formerLink(ctx, q, row); err != nil {
		return l, err
	}
	p, err := maybe(q.PersonNow(ctx, storeq.PersonNowParams{Source: row.Source, Number: row.Number}))
	if err != nil {
		return l, err
	}
	if l.Gone = p == nil; l.Gone {
		return l, nil
	}
	left, err := a.personLeft(ctx, q, *p)
	l.Person = viewPerson(*p, string(reconcile.RuleLink), row.Number, left)
	return l, err
}

func applyLinked(ctx context.Context, tx *db.Tx, s audit.Stored) error {
	var d accountLinked
	if err := s.Decode(&d); err != nil {
		return err
	}
	if d.Account.Erased() || d.Number.Erased() {
		return nil // whose it was cannot be known any more
	}
	if err := tx.PutDecided(ctx, storeq.PutDecidedParams{TenantID: s.Entry.Tenant, Account: d.Account.Value(), Seq: s.Seq}); err != nil {
		return err
	}
	return tx.PutLink(ctx, storeq.PutLinkParams{
		TenantID: s.Entry.Tenant, Account: d.Account.Value(), UserName: d.UserName.Value(), Source: d.Source,
		Number: d.Number.Value(), Name: d.Name.Value(), Reason: d.Reason.Value(), Actor: s.Entry.Actor.Value(), Since: s.Entry.Time.UnixMilli(),
		ExternalID: d.ExternalID.Value(), Emails: d.marks(), PersonEmails: d.personMarks(),
	})
}

func applyUnlinked(ctx context.Context, tx *db.Tx, s audit.Stored) error {
	var d accountUnlinked
	if err := s.Decode(&d); err != nil {
		return err
	}
	if err := tx.PutDecided(ctx, storeq.PutDecidedParams{TenantID: s.Entry.Tenant, Account: d.Account.Value(), Seq: s.Seq}); err != nil {
		return err
	}
	return tx.DeleteLink(ctx, storeq.DeleteLinkParams{TenantID: s.Entry.Tenant, Account: d.Account.Value()})
}
