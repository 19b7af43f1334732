package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"rollcall/app/roster"
	"rollcall/db/storeq"

	"github.com/go-json-experiment/json"
)

// rosterReading is how a source's file is read; it is kept with each import
// and used again by the next.
type rosterReading struct {
	Map       map[string]string `json:"map"`
	Key       string            `json:"key"`
	TimeZone  string            `json:"timeZone"`
	StatusMap map[string]string `json:"statusMap"`
	Encoding  string            `json:"encoding"`
	Contents  string            `json:"contents,omitzero"`
}

// settingReading is the setting that keeps a source's rosterReading.
func settingReading(source string) string { return "roster-reading/" + source }

// savedReading is how the source's file was read the last time.
func savedReading(ctx context.Context, q *storeq.Queries, source string) (saved rosterReading, err error) {
	text, err := settingText(ctx, q, settingReading(source), "{}")
	if err != nil {
		return saved, err
	}
	if err := json.Unmarshal([]byte(text), &saved); err != nil {
		return saved, fmt.Errorf("setting %s: %w", settingReading(source), err)
	}
	return saved, nil
}

// reading fills what the caller left empty from the source's last import.
func (a *App) reading(ctx context.Context, r RosterImport) (rosterReading, *time.Location, error) {
	var saved rosterReading
	var zone string
	err := a.read(ctx, func(q *storeq.Queries) (err error) {
		if saved, err = savedReading(ctx, q, r.Source); err != nil {
			return err
		}
		zone, err = settingText(ctx, q, settingTimeZone, "UTC")
		return err
	})
	if err != nil {
		return saved, nil, err
	}
	got := rosterReading{
		Map: merged(saved.Map, r.Map), Key: firstOf(r.Key, saved.Key), TimeZone: firstOf(r.TimeZone, saved.TimeZone, zone),
		StatusMap: merged(saved.StatusMap, r.StatusMap), Encoding: firstOf(r.Encoding, saved.Encoding),
		Contents: firstOf(r.Contents, saved.Contents, ContentsAll),
	}
	if err := checkContents(got.Contents); err != nil {
		return got, nil, err
	}
	if r.Encoding != "" {
		var unknown *roster.FileError
		if errors.As(roster.CheckEncoding(r.Encoding), &unknown) {
			return got, nil, &Error{Kind: KindUsage, Text: unknown.Text, Do: unknown.Do, Err: unknown}
		}
	}
	loc, err := time.LoadLocation(got.TimeZone)
	if err != nil || got.TimeZone == "Local" {
		return got, nil, usageAbout(FieldZone, "The time zone %q is not known; give an IANA name such as Europe/Berlin.", got.TimeZone)
	}
	return got, loc, nil
}

func merged(saved, given map[string]string) map[string]string {
	out := map[string]string{}
	maps.Copy(out, saved)
	maps.Copy(out, given)
	return out
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
