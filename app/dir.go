package app

// Dir is the workspace's folder, as an absolute path.
func (a *App) Dir() string { return a.cfg.Dir }

// ID is the workspace's own: that of its record.
func (a *App) ID() string { return a.rec.ID() }

// Demo says whether this is the demo: made-up tenants, secrets in memory only.
func (a *App) Demo() bool { return a.cfg.Demo }

// Version is this program's, as it goes into packs.
func (a *App) Version() string { return a.cfg.Version }

// SecretsPlace says where tokens and the signing key are kept, for a person.
func (a *App) SecretsPlace() string { return a.cfg.Secrets.Where() }
