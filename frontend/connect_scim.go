package frontend

import (
	"net/http"
	"strings"

	"rollcall/app"
)

// probeView is what a look at a tenant showed.
type probeView struct {
	Lines []value
}

func (s *site) scimShow(w http.ResponseWriter, r *http.Request) error {
	shell, o, err := s.shellOver(r.Context(), "Connect over SCIM", "tenants")
	if err != nil {
		return err
	}
	s.render(w, r, http.StatusOK, scimPage(shell, s.newConnect(o)))
	return nil
}

// specOf reads the form. The token goes nowhere but into the request and the
// secret store; no answer repeats it.
func specOf(r *http.Request) (app.TenantSpec, error) {
	if err := readForm(r); err != nil {
		return app.TenantSpec{}, err
	}
	f := r.PostForm
	spec := app.TenantSpec{
		Name: f.Get("name"), BaseURL: f.Get("url"), Auth: f.Get("auth"), Token: strings.TrimRight(f.Get("token"), "\r\n"),
		OwnAccount: strings.TrimSpace(f.Get("own")),
	}
	switch spec.Auth {
	case "basic":
		spec.User = strings.TrimSpace(f.Get("user"))
	case "header":
		spec.Auth = "header:" + strings.TrimSpace(f.Get("header"))
	}
	if ca := strings.TrimSpace(f.Get("ca")); ca != "" {
		spec.CA = []byte(ca + "\n")
	}
	if f.Get("allow") != "" {
		spec.AllowWrites = strings.TrimSpace(f.Get("reason"))
		if spec.AllowWrites == "" {
			return spec, &app.Error{Kind: app.KindUsage, Text: "Allowing changes needs a reason, so that the record says why.", Do: "Give one, or observe first."}
		}
	}
	return spec, nil
}

// scimTest looks at the tenant without keeping anything.
func (s *site) scimTest(w http.ResponseWriter, r *http.Request) error {
	spec, err := specOf(r)
	if err != nil {
		return forget(w, err)
	}
	p, err := s.app.ProbeTenant(r.Context(), spec)
	if err != nil {
		return forget(w, err)
	}
	s.render(w, r, http.StatusOK, probeNote(newProbe(p)))
	return nil
}

func newProbe(p app.Probe) probeView {
	var v probeView
	for _, line := range p.Words() {
		v.Lines = append(v.Lines, prose(line))
	}
	return v
}

// scimAdd adds the tenant and starts its first sync.
func (s *site) scimAdd(w http.ResponseWriter, r *http.Request) error {
	spec, err := specOf(r)
	if err != nil {
		return forget(w, err)
	}
	t, err := s.app.AddTenant(r.Context(), spec)
	if err != nil {
		return forget(w, err)
	}
	if err := s.app.StartSync(app.SyncRequest{Tenants: []string{t.ID}}); err != nil {
		return err
	}
	s.moved(w, r, progressURL(t.ID))
	return nil
}

// credentialSet replaces a tenant's token by one that works.
func (s *site) credentialSet(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	id := r.PathValue("id")
	if err := s.app.SetCredential(r.Context(), id, strings.TrimRight(r.PostForm.Get("token"), "\r\n")); err != nil {
		return forget(w, err)
	}
	says(w, "The new token works and is in use")
	s.moved(w, r, tenantURL(id, "settings"))
	return nil
}

// tenantTest looks at a tenant that was added.
func (s *site) tenantTest(w http.ResponseWriter, r *http.Request) error {
	p, err := s.app.Probe(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	s.render(w, r, http.StatusOK, probeNote(newProbe(p)))
	return nil
}

// tenantRemove takes a tenant out of the workspace; nothing is sent to it.
func (s *site) tenantRemove(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	t, err := s.app.Tenant(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := s.app.RemoveTenant(r.Context(), t.ID); err != nil {
		return err
	}
	s.moved(w, r, "/tenants")
	return nil
}
