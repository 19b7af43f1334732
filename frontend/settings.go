package frontend

import (
	"net/http"
	"runtime"
	"slices"
	"strings"

	"rollcall/app"
)

// settingsView is what holds for the whole workspace.
type settingsView struct {
	Settings []settingView
	Ceilings []ceilingLine
	Protect  protectView
	Secrets  value
	Locked   bool
	Fresh    bool // ... and their passphrase is yet to be chosen
	Key      keyView
	About    []factView
}

// keyView is the public half of the key that signs the record.
type keyView struct {
	Key, Fingerprint exact
	Missing          []problemView // why it cannot be shown
	Lost             bool          // another can be put in its place
}

// settingView is one setting with its form.
type settingView struct {
	ID, Name, Label   string
	Value, Default    value
	Raw, Range, Means string
	Changed           bool // from what holds unless told otherwise
}

// ceilingLine is how much of one tenant's ceiling is used.
type ceilingLine struct {
	Tenant              value
	Used, Limit, Active string
	Full                bool
}

const (
	settingsPath = "/settings"
	keyPath      = settingsPath + "#key-title"
	rekeyPath    = settingsPath + "/rekey"
)

func (s *site) settingsShow(w http.ResponseWriter, r *http.Request) error {
	list, err := s.app.Settings(r.Context())
	if err != nil {
		return err
	}
	ceilings, err := s.app.Ceilings(r.Context())
	if err != nil {
		return err
	}
	protect, err := s.protectOf(r.Context())
	if err != nil {
		return err
	}
	shell, _, err := s.shellOf(r.Context(), "Settings", "settings")
	if err != nil {
		return err
	}
	v := newSettings(list, ceilings)
	v.Protect = protect
	v.Secrets, v.Locked = prose(s.app.SecretsPlace()), s.app.NeedsPassphrase()
	v.Fresh = v.Locked && s.app.NewPassphrase()
	if !v.Locked {
		v.Key = newKey(s.app.RecordKey(r.Context()))
	}
	v.About = []factView{{"Workspace", prose(s.app.Dir())}, {"Version", prose(s.app.Version())}, {"Built with", prose(runtime.Version())}}
	s.render(w, r, http.StatusOK, settingsPage(shell, v))
	return nil
}

func newSettings(list []app.Setting, ceilings []app.Ceiling) settingsView {
	var v settingsView
	for i, x := range list {
		v.Settings = append(v.Settings, settingView{
			ID: "setting-" + count(i), Name: x.Name, Label: visible(x.Title, rowMax), Value: row(app.SettingWords(x.Name, x.Value)), Default: row(app.SettingWords(x.Name, x.Default)),
			Raw: visible(settingRaw(x), rowMax), Range: visible(rangeWords(x), rowMax), Means: visible(x.Means, detailMax), Changed: x.Value != x.Default,
		})
	}
	for _, c := range ceilings {
		v.Ceilings = append(v.Ceilings, ceilingLine{row(c.Tenant), count(c.Used), count(c.Limit), count(c.Active), c.Used >= c.Limit})
	}
	return v
}

// isShare says whether a setting is given in percent.
func isShare(x app.Setting) bool { return strings.HasSuffix(x.Range, " percent") }

// rangeWords are what a setting takes, with units.
func rangeWords(x app.Setting) string {
	least, most, ok := strings.Cut(x.Range, " to ")
	if !ok || isShare(x) {
		return x.Range
	}
	return app.SettingWords(x.Name, least) + " to " + app.SettingWords(x.Name, most)
}

// settingRaw is a setting as its field has it. A share is given without the sign.
func settingRaw(x app.Setting) string {
	if isShare(x) {
		return x.Value
	}
	return app.SettingWords(x.Name, x.Value)
}

// settingRefused says why a value was not taken, with the setting's name and
// bounds as the page has them.
func settingRefused(list []app.Setting, name string, err error) error {
	e := app.Explain(err)
	i := slices.IndexFunc(list, func(x app.Setting) bool { return x.Name == name })
	if e.Kind != app.KindUsage || i < 0 {
		return err
	}
	x := list[i]
	words := strings.NewReplacer("a value of "+x.Name, "a value of "+x.Title, x.Range, rangeWords(x))
	return &app.Error{Kind: e.Kind, Text: words.Replace(e.Text), Do: e.Do, Field: e.Field}
}

// newKey shows the key. Without it the rest of the settings is of use too.
func newKey(k app.RecordKey, err error) keyView {
	if err != nil {
		e := app.Explain(err)
		return keyView{Missing: problems([]app.Problem{{Text: e.Text, Do: e.Do}}), Lost: app.AsksRekey(err)}
	}
	return keyView{Key: verbatim(k.Key), Fingerprint: aloud(k.Fingerprint)}
}

// rekey puts a new key in place of the one that signed the record.
func (s *site) rekey(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	if _, err := s.app.Rekey(r.Context(), strings.TrimSpace(r.PostForm.Get("reason"))); err != nil {
		return err
	}
	s.moved(w, r, settingsPath)
	return nil
}

// settingChange gives a setting the value and the reason of its form.
func (s *site) settingChange(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	name := r.PostForm.Get("name")
	set, err := s.app.SetSetting(r.Context(), name, r.PostForm.Get("value"), r.PostForm.Get("reason"))
	if err != nil {
		list, listErr := s.app.Settings(r.Context())
		if listErr != nil {
			return err
		}
		return settingRefused(list, name, err)
	}
	s.decided(w, r, settingsPath, "Saved: "+set.Words())
	return nil
}
