package app

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"database/sql"
	"encoding/base32"
	"errors"
	"os"
	"slices"
	"strings"

	"rollcall/app/reconcile"
	"rollcall/app/secrets"
	"rollcall/audit"
	"rollcall/db/storeq"
	"rollcall/scim"
)

// TenantSpec describes a tenant to add.
type TenantSpec struct {
	Name, BaseURL, Preset string
	Auth                  string // "bearer" (default), "basic" or "header:NAME"
	User                  string // for basic
	Token                 string // goes to the secret store and nowhere else
	CAFile                string // PEM; its certificates are kept with the tenant
	CA                    []byte // the same by content; CAFile goes before it
	AllowWrites           string // reason; "" leaves it read-only
	OwnAccount            string // id or userName of the credential's own account; protected
}

const (
	mostNameBytes = 100
	mostCABytes   = 1 << 20
)

// presets that this version knows.
var presets = []string{"generic"}

// AddTenant checks the description without connecting, keeps the token in the
// secret store and records the tenant. It starts read-only.
func (a *App) AddTenant(ctx context.Context, s TenantSpec) (Tenant, error) {
	d, ca, err := s.check()
	if err != nil {
		return Tenant{}, err
	}
	id := "t_" + randomID()
	err = a.mutate(ctx, func(w *writer) error {
		if _, err := a.tenantNamed(ctx, d.Name); err == nil {
			return &Error{Kind: KindRefused, Field: FieldName, Text: "There is already a tenant named " + quoted(d.Name) + ".", Do: "Choose another name, or remove that one first."}
		} else if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if err := a.markToken(id); err != nil {
			return err
		}
		if err := a.cfg.Secrets.Set(ctx, tokenOf(id), []byte(s.Token)); err != nil {
			return secretsAt("The token could not be kept in "+a.cfg.Secrets.Where(), err)
		}
		// After an error the tenant may be recorded or not; the next writer
		// knows, and deletes the token if not.
		if err := w.addTenant(ctx, id, d, ca, s); err != nil {
			return err
		}
		a.unmarkToken(id)
		return nil
	})
	if err != nil {
		return Tenant{}, err
	}
	return a.Tenant(ctx, id)
}

func (w *writer) addTenant(ctx context.Context, id string, d tenantAdded, ca []byte, s TenantSpec) error {
	if s.User != "" {
		d.User = audit.Text(s.User)
	}
	if ca != nil {
		d.CA = audit.Bytes(ca)
	}
	if _, err := w.record(ctx, audit.Draft{Type: typeTenantAdded, Tenant: id, Data: d}); err != nil {
		return err
	}
	if own := strings.TrimSpace(s.OwnAccount); own != "" {
		err := w.protect(ctx, id, own, own, "the account of the credential that Rollcall uses")
		if err != nil {
			return err
		}
	}
	if s.AllowWrites == "" {
		return nil
	}
	return w.decideWrites(ctx, typeWritesAllowed, id, s.AllowWrites, "")
}

// check returns what is recorded of the tenant, and its CA certificates.
func (s TenantSpec) check() (tenantAdded, []byte, error) {
	if err := checkTenantName(strings.TrimSpace(s.Name)); err != nil {
		return tenantAdded{}, nil, err
	}
	return s.connection()
}

// connection is check without the name: what it takes to reach the tenant.
func (s TenantSpec) connection() (tenantAdded, []byte, error) {
	d := tenantAdded{Name: strings.TrimSpace(s.Name), BaseURL: strings.TrimSpace(s.BaseURL), Preset: s.Preset, Auth: s.Auth}
	if d.Preset == "" {
		d.Preset = presets[0]
	}
	if d.Auth == "" {
		d.Auth = "bearer"
	}
	switch {
	case d.Preset != presets[0]:
		return d, nil, usage("The preset %q is not known; there is: %s.", d.Preset, strings.Join(presets, ", "))
	case s.Token == "":
		return d, nil, usageAbout(FieldToken, "The token is empty.")
	}
	ca, err := s.certificates()
	if err != nil {
		return d, nil, err
	}
	if _, err = newClient(clientSpec{BaseURL: d.BaseURL, Auth: d.Auth, User: s.User, Secret: s.Token, CA: ca}, nil); err != nil {
		return d, nil, connectionError(err)
	}
	return d, ca, nil
}

// certificates are the CA certificates of the description; nil for the system's.
func (s TenantSpec) certificates() ([]byte, error) {
	switch {
	case s.CAFile != "":
		return readCA(s.CAFile)
	case s.CA != nil:
		return s.CA, checkCA(s.CA)
	}
	return nil, nil
}

func checkCA(pem []byte) error {
	if len(pem) > mostCABytes {
		return usageAbout(FieldCA, "The CA file is larger than 1 MiB.")
	}
	if !x509.NewCertPool().AppendCertsFromPEM(pem) {
		return usageAbout(FieldCA, "The CA file holds no PEM certificate.")
	}
	return nil
}

func checkTenantName(name string) error {
	switch {
	case name == "" || len(name) > mostNameBytes || strings.ContainsFunc(name, unprintable):
		return usageAbout(FieldName, "A tenant's name has 1 to %d printable bytes.", mostNameBytes)
	case strings.HasPrefix(name, "t_"):
		return usageAbout(FieldName, "A tenant's name cannot begin with t_, as ids do.")
	}
	return nil
}

func readCA(file string) ([]byte, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, &Error{Kind: KindFailed, Text: "The CA file " + quoted(file) + " cannot be read.", Do: "Give the path of a PEM file.", Err: err}
	}
	if info.Size() > mostCABytes {
		return nil, usageAbout(FieldCA, "The CA file is larger than 1 MiB.")
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, &Error{Kind: KindFailed, Text: "The CA file " + quoted(file) + " cannot be read.", Do: "Give the path of a PEM file.", Err: err}
	}
	return pem, checkCA(pem)
}

// Tenants lists the tenants by name, each with what its latest sync showed.
func (a *App) Tenants(ctx context.Context) ([]Tenant, error) {
	if err := a.deriveFindings(ctx); err != nil {
		return nil, err
	}
	facts, err := a.tenantFacts(ctx)
	if err != nil {
		return nil, err
	}
	now := a.cfg.Now()
	roster, err := rosterProblems(facts.imports, facts.late, now)
	if err != nil {
		return nil, err
	}
	out := make([]Tenant, len(facts.tenants))
	for i, t := range facts.tenants {
		if out[i], err = facts.view(t, roster, now); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// AnyTenant says whether there is a tenant to list.
func (a *App) AnyTenant(ctx context.Context) (there bool, err error) {
	err = a.read(ctx, func(q *storeq.Queries) error {
		rows, err := q.Tenants(ctx)
		there = len(rows) > 0
		return err
	})
	return there, err
}

// Tenant finds a tenant by id or by name, whatever the case.
func (a *App) Tenant(ctx context.Context, nameOrID string) (Tenant, error) {
	row, err := a.tenantBy(ctx, nameOrID)
	if err != nil {
		return Tenant{}, err
	}
	if err := a.deriveFindings(ctx); err != nil {
		return Tenant{}, err
	}
	facts, err := a.tenantFacts(ctx)
	if err != nil {
		return Tenant{}, err
	}
	now := a.cfg.Now()
	roster, err := rosterProblems(facts.imports, facts.late, now)
	if err != nil {
		return Tenant{}, err
	}
	i := slices.IndexFunc(facts.tenants, func(t tenantFact) bool { return t.row.ID == row.ID })
	if i < 0 {
		return Tenant{}, noTenant(nameOrID)
	}
	return facts.view(facts.tenants[i], roster, now)
}

func (a *App) tenantBy(ctx context.Context, nameOrID string) (storeq.Tenant, error) {
	var row storeq.Tenant
	var err error
	if strings.HasPrefix(nameOrID, "t_") {
		row, err = a.tenantRow(ctx, nameOrID)
	} else {
		row, err = a.tenantNamed(ctx, nameOrID)
	}
	if errors.Is(err, sql.ErrNoRows) || (err == nil && row.Removed != nil) {
		return row, noTenant(nameOrID)
	}
	return row, err
}

func noTenant(nameOrID string) error {
	return notFound("There is no tenant named "+quoted(nameOrID)+" in this workspace.", "List them with rollcall tenant list.")
}

func (a *App) tenantNamed(ctx context.Context, name string) (row storeq.Tenant, err error) {
	err = a.read(ctx, func(q *storeq.Queries) (err error) {
		row, err = q.TenantByName(ctx, reconcile.Normalise(name))
		return err
	})
	return row, err
}

// tenantRow finds removed tenants as well: history outlives them.
func (a *App) tenantRow(ctx context.Context, id string) (row storeq.Tenant, err error) {
	err = a.read(ctx, func(q *storeq.Queries) (err error) {
		row, err = q.TenantByID(ctx, id)
		return err
	})
	return row, err
}

// RemoveTenant forgets the token and shows the tenant no more. Its history
// stays in the record; adding it again makes a new tenant.
func (a *App) RemoveTenant(ctx context.Context, nameOrID string) error {
	return a.mutate(ctx, func(w *writer) error {
		row, err := a.tenantBy(ctx, nameOrID)
		if err != nil {
			return err
		}
		hasToken := row.Source != SourceFile
		if hasToken {
			if err := a.markToken(row.ID); err != nil {
				return err
			}
		}
		if _, err := w.record(ctx, audit.Draft{Type: typeTenantRemoved, Tenant: row.ID, Data: struct{}{}}); err != nil || !hasToken {
			return err
		}
		if err := a.cfg.Secrets.Delete(ctx, tokenOf(row.ID)); err != nil {
			return &Error{
				Kind: KindFailed, Text: "The tenant was removed, but its token could not be deleted from " + a.cfg.Secrets.Where() + ".",
				Do: "The next change tries it again; or delete it there by hand.", Err: err,
			}
		}
		a.unmarkToken(row.ID)
		return nil
	})
}

// client opens the tenant's client; this is where its token is read.
func (a *App) client(ctx context.Context, tenantID string) (*scim.Client, error) {
	row, err := a.tenantRow(ctx, tenantID)
	if err != nil {
		return nil, err
	}
	if row.Source == SourceFile {
		return nil, refused1(row.Name+" has no SCIM: it cannot be read or changed from here.", "Bring in a newer file with rollcall tenant import.")
	}
	token, err := a.cfg.Secrets.Get(ctx, tokenOf(tenantID))
	if err != nil {
		return nil, a.tokenError(row.Name, err)
	}
	return newClient(clientSpec{BaseURL: row.BaseUrl, Auth: row.Auth, User: row.AuthUser, Secret: string(token), CA: row.CaPem}, a)
}

func (a *App) tokenError(tenant string, err error) error {
	if !errors.Is(err, secrets.ErrNotFound) {
		return secretsAt("The token of "+tenant+" cannot be had from "+a.cfg.Secrets.Where(), err)
	}
	return &Error{
		Kind: KindFailed, Text: "The token of " + tenant + " is not in " + a.cfg.Secrets.Where() + ".",
		Do: "Give it a new one in its settings, or with rollcall tenant set-token.", Err: err,
	}
}

// shapes is a client that only prepares requests, so that a plan can be made
// and looked at without the token.
func (a *App) shapes(t Tenant) (*scim.Client, error) {
	return newClient(clientSpec{BaseURL: t.BaseURL, Auth: "bearer", Secret: "none"}, nil)
}

type clientSpec struct {
	BaseURL, Auth, User, Secret string
	CA                          []byte
}

func newClient(s clientSpec, a *App) (*scim.Client, error) {
	scheme, header, _ := strings.Cut(s.Auth, ":")
	cfg := scim.Config{BaseURL: s.BaseURL, Auth: scim.Auth{Scheme: scheme, Header: header, User: s.User, Secret: s.Secret}}
	if s.CA != nil {
		cfg.RootCAs = x509.NewCertPool()
		cfg.RootCAs.AppendCertsFromPEM(s.CA)
	}
	if a != nil {
		cfg.Transport, cfg.Wait, cfg.Now, cfg.UserAgent = a.cfg.Transport, a.cfg.Wait, a.cfg.Now, "rollcall/"+a.cfg.Version
	}
	return scim.New(cfg)
}

func tokenOf(tenantID string) string { return "tenant/" + tenantID }

// randomID has 80 random bits in lower-case letters and digits.
func randomID() string {
	var b [10]byte
	rand.Read(b[:]) // never fails
	return strings.ToLower(base32.StdEncoding.EncodeToString(b[:]))
}
