package frontend

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"rollcall/app"
	"rollcall/app/reconcile"
)

// protectView is the accounts that nothing is ever sent about, and the tenants
// in which one more can be protected.
type protectView struct {
	List    []protectionLine
	Tenants []tenantChoice
}

// protectionLine is one protected account.
type protectionLine struct {
	Account, Tenant, Reason, By value
	Since                       when
	ID                          string // as protectedID has it
}

// tenantChoice is a tenant in a list to choose from.
type tenantChoice struct {
	ID   string
	Name string
}

const protectPath = settingsPath + "/protect"

func (s *site) protectOf(ctx context.Context) (protectView, error) {
	list, err := s.app.ProtectedAccounts(ctx, "")
	if err != nil {
		return protectView{}, err
	}
	tenants, err := s.app.Tenants(ctx)
	if err != nil {
		return protectView{}, err
	}
	return newProtect(list, tenants, s.now()), nil
}

func newProtect(list []app.Protected, tenants []app.Tenant, now time.Time) protectView {
	var v protectView
	for _, p := range list {
		v.List = append(v.List, protectionLine{
			Account: row(firstOf(p.UserName, p.ID)), Tenant: row(p.Tenant), Reason: prose(p.Reason), By: row(p.By), Since: at(p.Since, now), ID: protectedID(p),
		})
	}
	for _, t := range tenants {
		v.Tenants = append(v.Tenants, tenantChoice{t.ID, visible(t.Name, rowMax)})
	}
	return v
}

// protectAdd protects the account of its form from now on.
func (s *site) protectAdd(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	tenant := r.PostForm.Get("tenant")
	if tenant == "" {
		return &app.Error{Kind: app.KindUsage, Text: "No tenant is named.", Do: "Choose the tenant that has the account.", Field: "tenant"}
	}
	p, err := s.app.Protect(r.Context(), tenant, r.PostForm.Get("account"), strings.TrimSpace(r.PostForm.Get("reason")))
	if err != nil {
		return err
	}
	s.decided(w, r, settingsPath, "Saved: "+visible(firstOf(p.UserName, p.ID), rowMax)+" is protected")
	return nil
}

// protectEnd lifts a protection.
func (s *site) protectEnd(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	list, err := s.app.ProtectedAccounts(r.Context(), "")
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(p app.Protected) bool { return protectedID(p) == r.PostForm.Get("which") })
	if i < 0 {
		return errEnded
	}
	p := list[i]
	if err := s.app.Unprotect(r.Context(), p.TenantID, p.ID, strings.TrimSpace(r.PostForm.Get("reason"))); err != nil {
		return err
	}
	s.decided(w, r, settingsPath, "Saved: "+visible(firstOf(p.UserName, p.ID), rowMax)+" is protected no more")
	return nil
}

// protectedID names a protection in a page: an account's own id can be any text.
func protectedID(p app.Protected) string {
	return reconcile.FindingID(p.TenantID, p.ID, "protected")
}
