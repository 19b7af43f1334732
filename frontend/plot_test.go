package frontend

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/app"
)

func countsOn(day string, orphaned, leavers int) app.DayCounts {
	return app.DayCounts{Day: day, Orphaned: orphaned, Leavers: leavers, Matched: 90, Active: 100}
}

func TestCountPlotSaysHowItWent(t *testing.T) {
	cases := []struct {
		name         string
		list         []app.DayCounts
		now, leaving string
		first, high  string
		points       string
	}{
		{"days", []app.DayCounts{countsOn("2026-11-20", 9, 1), countsOn("2026-11-21", 0, 0), countsOn("2026-11-22", 12, 1)},
			"12 orphaned today, 9 on 20 Nov 2026", "1 leaver still active, 1 then", "20 Nov 2026", "20", "0.0,54.9 300.0,99.0 600.0,40.2"},
		{"a month and more", []app.DayCounts{countsOn("2026-09-13", 4, 7), countsOn("2026-10-23", 1300, 6), countsOn("2026-10-24", 5, 5), countsOn("2026-11-22", 13, 2)},
			"13 orphaned today, 1,300 a month ago", "2 leavers still active, 6 then", "13 Sep 2026", "2,000", "0.0,98.8 342.9,35.3 351.4,98.8 600.0,98.4"},
		{"nothing ever", []app.DayCounts{countsOn("2026-11-21", 0, 0), countsOn("2026-11-22", 0, 0)},
			"0 orphaned today, 0 on 21 Nov 2026", "0 leavers still active, 0 then", "21 Nov 2026", "1", "0.0,99.0 600.0,99.0"},
		{"one day", []app.DayCounts{countsOn("2026-11-22", 10, 1)},
			"10 orphaned today", "1 leaver still active", "First counted today", "10", "300.0,1.0"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			o := sampleOverview()
			o.History = c.list
			doc := drawOverview(t, o)
			figure := all(doc, "figure")[0]
			demandWords(t, "the figure", figure, c.now, c.leaving, c.first, c.high)
			drawn := ""
			for _, n := range all(figure, "polyline") {
				if attr(n, "class") == "orphaned" {
					drawn = attr(n, "points")
				}
			}
			if drawn != c.points {
				t.Errorf("drawn as %s, want %s", drawn, c.points)
			}
			if n := len(all(figure, "circle")); n != 2*len(c.list) {
				t.Errorf("%d dots for %d days", n, len(c.list))
			}
			demandDays(t, text(all(figure, "table")[0]), c.list)
			if n := len(all(all(figure, "table")[0], "tr")); n != len(c.list)+1 {
				t.Errorf("%d rows for %d days", n, len(c.list))
			}
		})
	}
}

// A dot in a stretched box would be oval, and one of two at the same place would
// hide the other were they alike.
func TestCountPlotDotsAreRoundAndApart(t *testing.T) {
	o := sampleOverview()
	o.History = []app.DayCounts{countsOn("2026-11-20", 5, 5), countsOn("2026-11-22", 10, 0)}
	figure := all(drawOverview(t, o), "figure")[0]
	var got []string
	for _, svg := range all(figure, "svg") {
		for _, n := range all(svg, "circle") {
			if attr(svg, "viewbox")+attr(svg, "viewBox") != "" {
				t.Error("the dots are stretched with their box")
			}
			got = append(got, strings.Join([]string{attr(n, "class"), attr(n, "cx"), attr(n, "cy"), attr(n, "r")}, " "))
		}
	}
	want := []string{
		"leavers 100.0% 99.0% 4", "orphaned 100.0% 1.0% 2",
		"leavers 0.0% 50.0% 4", "orphaned 0.0% 50.0% 2",
	}
	if !slices.Equal(got, want) {
		t.Errorf("the dots are %q", got)
	}
}

func demandDays(t *testing.T, table string, list []app.DayCounts) {
	t.Helper()
	for _, d := range list {
		if !strings.Contains(table, day(d.Day)) || !strings.Contains(table, count(d.Orphaned)) || !strings.Contains(table, "90 %") {
			t.Errorf("the table is without %v: %s", d, table)
		}
	}
}

// Ninety dots would be one thick line.
func TestCountPlotOfManyDays(t *testing.T) {
	var list []app.DayCounts
	for d := time.Date(2026, 8, 24, 0, 0, 0, 0, time.UTC); len(list) < 91; d = d.AddDate(0, 0, 1) {
		list = append(list, countsOn(d.Format(time.DateOnly), 3, 1))
	}
	if v := newCountPlot(list); v.Dotted || strings.Count(v.Orphaned, ",") != 91 {
		t.Errorf("%+v", v)
	}
}

func TestCountPlotWithoutDays(t *testing.T) {
	o := sampleOverview()
	o.History = nil
	doc := drawOverview(t, o)
	if n := len(all(doc, "polyline")); n != 0 {
		t.Errorf("%d lines of nothing", n)
	}
	demandWords(t, "the figure", all(doc, "figure")[0], "Nothing is counted yet.")
}

func TestRoundUp(t *testing.T) {
	for n, want := range map[int]int{1: 1, 2: 2, 9: 9, 10: 10, 11: 20, 13: 20, 99: 100, 100: 100, 101: 200, 1204: 2000, 100_001: 200_000} {
		if got := roundUp(n); got != want {
			t.Errorf("%d is rounded up to %d, want %d", n, got, want)
		}
	}
}

func listsOf(name string, days ...app.ListDay) app.ListDays {
	return app.ListDays{TenantID: "t-" + name, Tenant: name, Days: days}
}

func TestListsPlotTellsWhatWasComplete(t *testing.T) {
	o := sampleOverview()
	o.Lists = []app.ListDays{
		listsOf("Slack", app.ListDay{Day: "2026-10-24", Sealed: 1}, app.ListDay{Day: "2026-11-22", Sealed: 2}),
		listsOf("Miro"),
		listsOf("Figma", app.ListDay{Day: "2026-11-20", Sealed: 1, Unsealed: 1}, app.ListDay{Day: "2026-11-21", Unsealed: 3}),
	}
	doc := drawOverview(t, o)
	demandSound(t, doc)
	figure := all(doc, "figure")[1]
	var got []string
	for _, tr := range all(all(figure, "tbody")[0], "tr") {
		got = append(got, text(tr))
	}
	want := []string{
		"Figma 20 Nov 2026: 1 of 2 lists sealed 21 Nov 2026: 0 of 3 lists sealed not sealed on 20 Nov 2026, 21 Nov 2026 1 of 2",
		"Slack 24 Oct 2026: 1 of 1 list sealed 22 Nov 2026: 2 of 2 lists sealed 2 of 2",
		"Miro –",
	}
	if !slices.Equal(got, want) {
		t.Errorf("the rows are %q", got)
	}
	var marks []string
	for _, n := range all(all(figure, "tbody")[0], "rect") {
		marks = append(marks, attr(n, "class")+" "+attr(n, "x"))
	}
	if want := []string{"whole 271.0", "part 271.0", "part 281.0", "whole 1.0", "whole 291.0"}; !slices.Equal(marks, want) {
		t.Errorf("the marks are %q", marks)
	}
	demandWords(t, "the figure", figure, "24 Oct 2026", "22 Nov 2026")
}

// Those with a list that was not sealed are drawn before others, and what is not drawn
// is told.
func TestListsPlotOfManyTenants(t *testing.T) {
	var list []app.ListDays
	for i := range 40 {
		list = append(list, listsOf(fmt.Sprint(i), app.ListDay{Day: "2026-11-22", Sealed: 1}))
	}
	list[30].Days[0].Unsealed = 1
	v := newListsPlot(list, sampleNow)
	if len(v.Rows) != drawnTenants || v.Rows[0].Tenant.Text != "30" || v.Rows[1].Tenant.Text != "0" || v.More != "32 more tenants" {
		t.Errorf("%d rows, %v first, %q", len(v.Rows), v.Rows[0].Tenant, v.More)
	}
	for i := range 20 {
		list[i].Days[0].Unsealed = 1
	}
	if v := newListsPlot(list, sampleNow); len(v.Rows) != mostDrawnTenants || v.More != "24 more tenants" {
		t.Errorf("%d rows, %q", len(v.Rows), v.More)
	}
}

func TestListsPlotWithoutLists(t *testing.T) {
	o := sampleOverview()
	o.Lists = []app.ListDays{listsOf("Slack"), listsOf("Miro")}
	figure := all(drawOverview(t, o), "figure")[1]
	demandWords(t, "the figure", figure, "No list was read in the last 30 days.")
	if n := len(all(figure, "table")); n != 0 {
		t.Errorf("%d tables of nothing", n)
	}
}
