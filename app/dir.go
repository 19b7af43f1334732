package app

// Dir is the workspace's folder, as an absolute path.
func (a *App) Dir() string { return a.cfg.Dir }

// Demo says whether this is the demo: made-up tenants, secrets in memory only.
func (a *App) Demo() bool { return a.cfg.Demo }
