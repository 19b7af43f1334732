package frontend

import (
	"net/http"
	"net/url"
	"slices"
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

// missing names the fields of the form that are empty and may not be.
func missing(f url.Values) (ids, names []string) {
	need := func(id, name string) {
		if strings.TrimSpace(f.Get(id)) == "" {
			ids, names = append(ids, id), append(names, name)
		}
	}
	need("name", "a name")
	need("url", "the base URL")
	switch f.Get("auth") {
	case "basic":
		need("user", "the user name")
	case "header":
		need("header", "the name of the header")
	}
	need("token", "the token or password")
	if f.Get("allow") != "" {
		need("reason", "a reason for allowing changes")
	}
	return ids, names
}

// scimWrong answers the form with what is wrong, at the field that it is about.
// The credential stays in its field only where it never left this machine.
func (s *site) scimWrong(w http.ResponseWriter, r *http.Request, err error, fields ...string) error {
	if !app.Unsent(err) {
		w.Header().Set("HX-Trigger", "rollcall-forget")
	}
	if !isPartial(r) {
		return err
	}
	f := s.failureFor(r, err)
	if len(fields) > 0 {
		f.Wrong = strings.Join(fields, " ")
	}
	if f.Wrong != "" && len(fields) < 2 {
		w.Header().Set("HX-Retarget", "#"+f.Wrong+"-problem")
	}
	s.render(w, r, f.Status, problemNote(f))
	return nil
}

// scimSpec reads the form, and answers it where something of it is missing.
func (s *site) scimSpec(w http.ResponseWriter, r *http.Request, optional ...string) (spec app.TenantSpec, ok bool, err error) {
	if spec, err = specOf(r); err != nil {
		return spec, false, err
	}
	ids, names := missing(r.PostForm)
	for _, o := range optional {
		if i := slices.Index(ids, o); i >= 0 {
			ids, names = slices.Delete(ids, i, i+1), slices.Delete(names, i, i+1)
		}
	}
	if len(ids) == 0 {
		return spec, true, nil
	}
	text := "Still missing: " + strings.Join(names, ", ") + "."
	return spec, false, s.scimWrong(w, r, &app.Error{Kind: app.KindUsage, Text: text, Do: "Fill that in; nothing was sent."}, ids...)
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
	}
	return spec, nil
}

// scimTest looks at the tenant without keeping anything. It needs no name yet.
func (s *site) scimTest(w http.ResponseWriter, r *http.Request) error {
	spec, ok, err := s.scimSpec(w, r, "name")
	if err != nil || !ok {
		return err
	}
	p, err := s.app.ProbeTenant(r.Context(), spec)
	if err != nil {
		return s.scimWrong(w, r, err)
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

// scimAdd adds the tenant and starts its first sync. It looks at it first: what
// is refused for good, such as a wrong token, is not added. What may pass is.
func (s *site) scimAdd(w http.ResponseWriter, r *http.Request) error {
	spec, ok, err := s.scimSpec(w, r)
	if err != nil || !ok {
		return err
	}
	if _, err := s.app.ProbeTenant(r.Context(), spec); err != nil && !app.MayPass(err) {
		return s.scimWrong(w, r, err)
	}
	t, err := s.app.AddTenant(r.Context(), spec)
	if err != nil {
		return s.scimWrong(w, r, err)
	}
	if err := s.app.StartSync(app.SyncRequest{Tenants: []string{t.ID}}); err != nil {
		return err
	}
	s.moved(w, r, progressURL(t.ID))
	return nil
}

// credentialSet replaces a tenant's token by one that works, and syncs with it,
// so that what the old one was refused goes.
func (s *site) credentialSet(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	id := r.PathValue("id")
	if err := s.app.SetCredential(r.Context(), id, strings.TrimRight(r.PostForm.Get("token"), "\r\n")); err != nil {
		return forget(w, err)
	}
	if err := s.app.StartSync(app.SyncRequest{Tenants: []string{id}}); err != nil {
		return err
	}
	if !isPartial(r) {
		s.moved(w, r, tenantURL(id, "settings"))
		return nil
	}
	w.Header().Set("HX-Trigger", `{"rollcall-forget":{},"rollcall-says":{"text":"The new token works; syncing with it"},"rollcall-changed":{}}`)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
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
