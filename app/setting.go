package app

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"rollcall/audit"
	"rollcall/db/storeq"
)

// Setting is something that a person may change, within bounds.
type Setting struct {
	Name    string `json:"name"`
	Value   string `json:"value"`
	Default string `json:"default"`
	Range   string `json:"range"` // in words
	Means   string `json:"means"`
	Title   string `json:"title"` // name for people
}

// Words say what a setting was set to, wherever that is told.
func (s Setting) Words() string { return setTo(s.Name, s.Value) }

func setTo(name, value string) string {
	return settingTitle(name) + " set to " + SettingWords(name, value)
}

// changeable is a setting with the check of its values, which also gives the
// one way in which a value is written.
type changeable struct {
	key, title, otherwise, within, means string
	fits                                 func(value string) (written string, ok bool)
}

var changeables = []changeable{
	{settingStaleAfter, "Age of lists", "24h", "1h to 168h", "How old a tenant's list may be for a plan.", hours(1, 168)},
	{settingRosterStale, "Age of the roster", "744h", "24h to 2208h", "How old the roster may be for a plan.", hours(24, 2208)},
	{settingMatchMin, "Match rate", "80", "50 to 100 percent", "How many active accounts have to match somebody before orphaned ones can be planned.", percent(50, 100)},
	{settingShrinkMax, "Shrinking lists", "20", "1 to 50 percent", "By how much a list or the roster may shrink without a person's word.", percent(1, 50)},
	{settingTimeZone, "Time zone", "UTC", "an IANA name such as Europe/Berlin", "Where the days of rosters and exceptions end, unless told otherwise.", zone},
}

func hours(least, most int) func(string) (string, bool) {
	return func(v string) (string, bool) {
		d, err := parseSpan(v)
		return plainDuration(d), err == nil && d >= time.Duration(least)*time.Hour && d <= time.Duration(most)*time.Hour
	}
}

// daysOrHours is a length of time as people write it: 31 days, 2d, 36 hours.
var daysOrHours = regexp.MustCompile(`^(\d{1,5}) ?(d|days?|h|hours?)$`)

// parseSpan reads that, and what the record holds: 744h.
func parseSpan(text string) (time.Duration, error) {
	if parts := daysOrHours.FindStringSubmatch(text); parts != nil {
		n, err := strconv.Atoi(parts[1])
		if parts[2][0] == 'd' {
			n *= 24
		}
		return time.Duration(n) * time.Hour, err
	}
	return time.ParseDuration(text)
}

// plainDuration writes a duration without the parts that are nought: 24h.
func plainDuration(d time.Duration) string {
	text := d.String()
	if short, ok := strings.CutSuffix(text, "m0s"); ok {
		text = short + "m"
	}
	if short, ok := strings.CutSuffix(text, "h0m"); ok {
		text = short + "h"
	}
	return text
}

func percent(least, most int) func(string) (string, bool) {
	return func(v string) (string, bool) {
		n, err := strconv.Atoi(v)
		return v, err == nil && n >= least && n <= most && strconv.Itoa(n) == v
	}
}

func zone(v string) (string, bool) {
	_, err := time.LoadLocation(v)
	return v, err == nil && v != "" && v != "Local"
}

// changeableNamed is where a setting is among those; -1 where it is none.
func changeableNamed(name string) int {
	return slices.IndexFunc(changeables, func(c changeable) bool { return c.key == name })
}

// settingTitle names a setting, also one that only a newer Rollcall knows.
func settingTitle(name string) string {
	if i := changeableNamed(name); i >= 0 {
		return changeables[i].title
	}
	return name
}

// isShare says whether a setting is given in percent.
func isShare(name string) bool {
	i := changeableNamed(name)
	return i >= 0 && strings.HasSuffix(changeables[i].within, " percent")
}

// SettingWords are a setting's value with its unit: 744h is "31 days", a share
// "80 %".
func SettingWords(name, value string) string {
	if isShare(name) {
		return value + " %"
	}
	d, err := time.ParseDuration(value)
	switch {
	case err != nil || d <= 0 || d%time.Hour != 0:
		return value
	case d > 24*time.Hour && d%(24*time.Hour) == 0:
		return counted(int(d/(24*time.Hour)), "day")
	}
	return counted(int(d/time.Hour), "hour")
}

// Settings lists what can be set, with what holds now.
func (a *App) Settings(ctx context.Context) ([]Setting, error) {
	out := make([]Setting, 0, len(changeables))
	err := a.read(ctx, func(q *storeq.Queries) error {
		for _, c := range changeables {
			v, err := settingText(ctx, q, c.key, c.otherwise)
			if err != nil {
				return fmt.Errorf("read setting %s: %w", c.key, err)
			}
			if written, ok := c.fits(v); ok { // an older one may stand in another form
				v = written
			}
			out = append(out, Setting{c.key, v, c.otherwise, c.within, c.means, c.title})
		}
		return nil
	})
	return out, err
}

// SetSetting changes a setting for everybody who uses this workspace. Value and
// reason are recorded; a value out of its bounds is an error of kind usage.
func (a *App) SetSetting(ctx context.Context, name, value, reason string) (Setting, error) {
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	i := changeableNamed(name)
	if i < 0 {
		return Setting{}, usage("There is no setting %s; rollcall setting list shows them.", quoted(name))
	}
	c := changeables[i]
	written, ok := c.fits(value)
	switch {
	case !ok:
		return Setting{}, usageAbout(FieldValue, "%s is not a value of %s; it takes %s.", quoted(value), name, c.within)
	case strings.TrimSpace(reason) == "":
		return Setting{}, usageAbout(FieldReason, "Changing a setting needs a reason.")
	}
	err := a.mutate(ctx, func(w *writer) error {
		_, err := w.record(ctx, audit.Draft{Type: typeSettingChanged, Data: settingChanged{Key: name, Value: written, Reason: audit.Text(reason)}})
		return err
	})
	return Setting{c.key, written, c.otherwise, c.within, c.means, c.title}, err
}
