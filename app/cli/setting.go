package cli

import "rollcall/app"

type settingCmd struct {
	List settingListCmd `cmd:"" help:"List the settings and what holds now."`
	Set  settingSetCmd  `cmd:"" help:"Change a setting. Recorded."`
}

type settingListCmd struct{}

// Run lists the settings.
func (c *settingListCmd) Run(s *session) error {
	return s.with(func(a *app.App) error {
		list, err := a.Settings(s.ctx)
		if err != nil {
			return err
		}
		if s.JSON {
			return objects(s, list)
		}
		t := newTable("Setting", "Value", "Takes", "~Means")
		for _, x := range list {
			t.row(x.Name, x.Value, x.Range, x.Means)
		}
		s.table(t)
		return nil
	})
}

type settingSetCmd struct {
	Name   string `arg:"" help:"Setting, as setting list names it."`
	Value  string `arg:"" help:"Its new value."`
	Reason string `required:"" placeholder:"R" help:"Why; it is recorded."`
}

// Run changes the setting.
func (c *settingSetCmd) Run(s *session) error {
	return s.with(func(a *app.App) error {
		x, err := a.SetSetting(s.ctx, c.Name, c.Value, c.Reason)
		if err != nil {
			return err
		}
		if s.JSON {
			return s.object(x)
		}
		s.printf("%s.\n", x.Words())
		return nil
	})
}
