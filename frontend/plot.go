package frontend

import (
	"slices"
	"strings"
	"time"

	"rollcall/app"
)

// countPlot is what was found day by day, as coordinates in a box of 600 by
// 100, in words, and as a table for who does not see the lines.
type countPlot struct {
	Orphaned, Leavers string    // points of the lines; "" where nothing was ever counted
	Dotted            bool      // the days counted are few enough to be told apart
	Now, Leaving      string    // sentences on the two
	High              string    // the upper end of the scale, which begins at zero
	First, Last       string    // the ends of the axis; First is "" for a single day
	Days              []plotDay // the newest first
}

// plotDay is a day of the table, where the pointer finds it in the box, and its
// dots in percent of the box.
type plotDay struct {
	Day, Orphaned, Leavers, Matched string
	X, Width, Says                  string
	At, OrphanAt, LeaverAt          string
}

// Ends of the box's inside: a line at zero or at the top keeps its width.
const plotLow, plotHigh = 99, 1

// mostDots is how many days are told apart by dots.
const mostDots = 45

func newCountPlot(list []app.DayCounts) countPlot {
	if len(list) == 0 {
		return countPlot{}
	}
	last := list[len(list)-1]
	v := countPlot{Now: count(last.Orphaned) + " orphaned today", Leaving: many(last.Leavers, "leaver") + " still active", Last: day(last.Day)}
	if len(list) > 1 {
		then, ago := earlier(list)
		v.Now += ", " + count(then.Orphaned) + " " + ago
		v.Leaving += ", " + count(then.Leavers) + " then"
		v.First = day(list[0].Day)
	}
	v.draw(list)
	return v
}

// earlier is the day that the last one is compared with, and when that was: as
// things stood a month before it, or else the first day that is known.
func earlier(list []app.DayCounts) (app.DayCounts, string) {
	month := dayNumber(list[len(list)-1].Day) - 30
	then, ago := list[0], "on "+day(list[0].Day)
	for _, d := range list {
		if dayNumber(d.Day) <= month {
			then, ago = d, "a month ago"
		}
	}
	return then, ago
}

// draw puts the days where they are in time, both lines on one scale. Where
// they stand apart, each that was counted has its dot; what is between is not
// known.
func (v *countPlot) draw(list []app.DayCounts) {
	high := 1
	for _, d := range list {
		high = max(high, d.Orphaned, d.Leavers)
	}
	high = roundUp(high)
	v.High = count(high)
	first := dayNumber(list[0].Day)
	length := dayNumber(list[len(list)-1].Day) - first
	var a, b []string
	for i, d := range list {
		x := coordinate(0, 600, dayNumber(d.Day)-first, length)
		a = append(a, x+","+height(d.Orphaned, high))
		b = append(b, x+","+height(d.Leavers, high))
		w := newPlotDay(list, i, first, length)
		w.At = coordinate(0, 100, dayNumber(d.Day)-first, length) + "%"
		w.OrphanAt, w.LeaverAt = height(d.Orphaned, high)+"%", height(d.Leavers, high)+"%"
		v.Days = append(v.Days, w)
	}
	slices.Reverse(v.Days)
	v.Orphaned, v.Leavers = strings.Join(a, " "), strings.Join(b, " ")
	v.Dotted = len(list) <= mostDots
}

// height is where n stands in the box on a scale up to high.
func height(n, high int) string { return coordinate(plotLow, plotHigh-plotLow, n, high) }

// newPlotDay is the i-th day. The pointer finds it in the half of the way to
// its neighbours.
func newPlotDay(list []app.DayCounts, i, first, length int) plotDay {
	d := list[i]
	at := func(j int) int { return dayNumber(list[min(max(j, 0), len(list)-1)].Day) - first }
	from, to := at(i-1)+at(i), at(i)+at(i+1)
	if length == 0 {
		to, length = 2, 1
	}
	v := plotDay{
		Day: day(d.Day), Orphaned: count(d.Orphaned), Leavers: count(d.Leavers), Matched: percent(d.Matched, d.Active),
		X: coordinate(0, 600, from, 2*length), Width: coordinate(0, 600, to-from, 2*length),
	}
	v.Says = v.Day + ": " + v.Orphaned + " orphaned, " + many(d.Leavers, "leaver")
	return v
}

// roundUp is the next number of one leading digit: 13 -> 20, 1,204 -> 2,000.
func roundUp(n int) int {
	unit := 1
	for n > 10*unit {
		unit *= 10
	}
	return (n + unit - 1) / unit * unit
}

// dayOfYear is a day of the last month.
const dayOfYear = "2 Jan"

// listsPlot is how complete the lists of each tenant were, day by day.
type listsPlot struct {
	Rows        []listsRow
	First, Last string // the ends of the axis
	More        string // says how many tenants are not drawn; "" for none
}

// listsRow is one tenant, in a box of 300 by 16.
type listsRow struct {
	Tenant value
	Href   string
	Sealed string // "6 of 7"; "–" without an attempt
	Days   []listsCell
	Says   string // the days that were not sealed, for who does not see them
}

// listsCell is a day with an attempt.
type listsCell struct {
	X, Says     string
	Whole, Part bool // some attempt was sealed; some was not
}

// How many days are drawn, as the overview counts them, and how many tenants:
// those with a list that was not sealed come first, and may be a few more.
const (
	drawnDays        = 30
	drawnTenants     = 8
	mostDrawnTenants = 16
)

func newListsPlot(list []app.ListDays, today time.Time) listsPlot {
	last := dayNumber(today.Format(time.DateOnly))
	v := listsPlot{First: today.AddDate(0, 0, 1-drawnDays).Format(dayOfYear), Last: today.Format(dayOfYear)}
	list = slices.Clone(list)
	broken := func(l app.ListDays) bool {
		return slices.ContainsFunc(l.Days, func(d app.ListDay) bool { return d.Unsealed > 0 })
	}
	slices.SortStableFunc(list, func(a, b app.ListDays) int { return order(broken(b)) - order(broken(a)) })
	attempts := 0
	for i, l := range list {
		attempts += len(l.Days)
		if i < drawnTenants || i < mostDrawnTenants && broken(l) {
			v.Rows = append(v.Rows, newListsRow(l, last))
		}
	}
	if attempts == 0 {
		return listsPlot{}
	}
	if more := len(list) - len(v.Rows); more > 0 {
		v.More = many(more, "more tenant")
	}
	return v
}

func order(first bool) int {
	if first {
		return 1
	}
	return 0
}

func newListsRow(l app.ListDays, last int) listsRow {
	v := listsRow{Tenant: row(l.Tenant), Href: tenantURL(l.TenantID, "syncs"), Sealed: "–"}
	whole, all := 0, 0
	var parts []string
	for _, d := range l.Days {
		all++ // days, as they are drawn: a day may have seen several lists
		if d.Sealed > 0 {
			whole++
		}
		if d.Unsealed > 0 {
			parts = append(parts, day(d.Day))
		}
		v.Days = append(v.Days, listsCell{
			X: coordinate(1, 300, drawnDays-1-last+dayNumber(d.Day), drawnDays), Whole: d.Sealed > 0, Part: d.Unsealed > 0,
			Says: day(d.Day) + ": " + count(d.Sealed) + " of " + many(d.Sealed+d.Unsealed, "list") + " sealed",
		})
	}
	if all > 0 {
		v.Sealed = count(whole) + " of " + count(all)
	}
	if len(parts) > 0 {
		v.Says = "not sealed on " + strings.Join(parts, ", ")
	}
	return v
}

// dayNumber counts days, so that clock changes do not move a point.
func dayNumber(s string) int {
	t, _ := time.Parse(time.DateOnly, s)
	return int(t.Unix() / (24 * 60 * 60))
}
