package scimtest

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const schemaList = "urn:ietf:params:scim:api:messages:2.0:ListResponse"

func escapeID(id string) string { return url.PathEscape(id) }

// item is a user or a group in a list.
type item struct {
	user  *User
	group *Group
	made  int // number of an invented user; 0: none
}

// list serves a page of a collection (RFC 7644 section 3.4.2).
func (s *Server) list(q *request) response {
	k := q.quirks
	count := q.number("count", max(0, k.DefaultCount))
	if !q.has("count") && k.DefaultCount == 0 {
		count = 100
	}
	switch {
	case k.CountLimit > 0 && count > k.CountLimit:
		return q.refuse(http.StatusBadRequest, "invalidValue", "count is too large")
	case k.SortStatus > 0 && q.has("sortBy"):
		return q.refuse(k.SortStatus, "", "sorting is not supported")
	case k.FilterStatus > 0 && q.has("filter"):
		return q.refuse(k.FilterStatus, "invalidFilter", "filtering is not supported")
	}
	all, err := s.selection(q)
	if err != nil {
		return q.refuse(http.StatusBadRequest, "invalidFilter", err.Error())
	}
	if s.byCursor(q) {
		return s.cursorPage(q, all, max(0, count))
	}
	return s.indexPage(q, all, max(0, count))
}

// selection is the whole collection in the order of the request, filtered.
func (s *Server) selection(q *request) ([]item, error) {
	k := q.quirks
	var all []item
	keep, err := filter(q.param("filter"), k)
	if err != nil {
		return nil, err
	}
	if q.kind == "Users" {
		for _, u := range s.ordered(q.param("sortBy")) {
			if !k.ZeroUsers && (u.Active || !k.HideInactive) && (keep == nil || keep(userValue(u))) {
				all = append(all, item{user: u})
			}
		}
	} else {
		for _, g := range s.groups.list {
			if keep == nil || keep(groupValue(g)) {
				all = append(all, item{group: g})
			}
		}
		if strings.EqualFold(q.param("sortBy"), "displayName") {
			slices.SortStableFunc(all, func(a, b item) int { return strings.Compare(a.group.DisplayName, b.group.DisplayName) })
		}
	}
	if strings.EqualFold(q.param("sortOrder"), "descending") {
		slices.Reverse(all)
	}
	if k.UnstableOrder && !q.has("sortBy") || k.UnstableSorted {
		r := rand.New(rand.NewPCG(s.opt.Seed, uint64(q.index)))
		r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	}
	return all, nil
}

// ordered is the users by an attribute; orders are kept until a change.
func (s *Server) ordered(by string) []*User {
	by = strings.ToLower(by)
	key := func(u *User) string { return "" }
	switch by {
	case "username":
		key = func(u *User) string { return strings.ToLower(u.UserName) }
	case "id":
		key = func(u *User) string { return u.ID }
	case "displayname":
		key = func(u *User) string { return strings.ToLower(u.DisplayName) }
	default:
		return s.users.list
	}
	if list := s.users.sorted[by]; list != nil {
		return list
	}
	list := slices.Clone(s.users.list)
	slices.SortStableFunc(list, func(a, b *User) int { return strings.Compare(key(a), key(b)) })
	s.users.sorted[by] = list
	return list
}

func (s *Server) indexPage(q *request, all []item, count int) response {
	k := q.quirks
	start := max(1, q.number("startIndex", 1))
	if k.IgnoreStartIndex {
		start = 1
	}
	from := start - 1
	switch {
	case k.Rounds == RoundsDown && count > 0:
		from = from / count * count
	case k.Rounds == RoundsUp && count > 0:
		from = start / count * count
	}
	if k.Overlap > 0 {
		from = max(0, from-k.Overlap)
	}
	if k.WrapPastEnd && from >= len(all) {
		from = 0
	}
	page := all[min(from, len(all)):]
	size := count
	if k.PageCap > 0 {
		size = min(size, k.PageCap)
	}
	if k.IgnoreCount {
		size = len(page)
	}
	page = page[:min(size, len(page))]
	if k.Endless && q.kind == "Users" {
		for page = slices.Clone(page); len(page) < min(2, size); {
			page = append(page, item{made: from + len(page) + 1})
		}
	}
	asked := len(page)
	if k.ItemsPerPageAsks {
		asked = count
	}
	fields := fmt.Sprintf(`"startIndex":%d,"itemsPerPage":%d`, start, asked)
	return s.envelope(q, page, len(all), from, fields)
}

// byCursor tells whether a request is answered by cursor.
func (s *Server) byCursor(q *request) bool {
	switch q.quirks.Cursor {
	case CursorAlways:
		return true
	case CursorAsked:
		return q.has("cursor")
	case CursorBare:
		raw := q.http.URL.RawQuery
		return q.param("cursor") != "" || slices.Contains(strings.Split(raw, "&"), "cursor")
	}
	return false
}

// cursorPage serves a page by cursor (RFC 9865).
func (s *Server) cursorPage(q *request, all []item, count int) response {
	k := q.quirks
	from := 0
	if c := q.param("cursor"); c != "" {
		n, err := strconv.Atoi(strings.TrimPrefix(c, "at/+="))
		if err != nil || n < 0 || n > len(all) {
			return q.refuse(http.StatusBadRequest, "invalidCursor", "the cursor is not known")
		}
		from = n
	}
	if k.CursorExpires > 0 && from >= k.CursorExpires*max(1, count) {
		s.quirks.CursorExpires = 0
		return q.refuse(http.StatusBadRequest, "expiredCursor", "the cursor has expired")
	}
	size := count
	if k.IgnoreCount {
		size = len(all)
	}
	if k.PageCap > 0 {
		size = min(size, k.PageCap)
	}
	to := min(from+size, len(all))
	fields := fmt.Sprintf(`"itemsPerPage":%d`, to-from)
	switch {
	case to < len(all):
		fields += `,"nextCursor":` + quote("at/+="+strconv.Itoa(to))
	case k.CursorLoop:
		fields += `,"nextCursor":` + quote("at/+=0")
	}
	if !k.CursorTotal && k.Total == TotalHonest {
		q.quirks.Total = TotalAbsent
	}
	return s.envelope(q, all[from:to], len(all), from, fields)
}

// envelope is a ListResponse around a page.
func (s *Server) envelope(q *request, page []item, total, from int, fields string) response {
	k := q.quirks
	names := [...]string{"schemas", "totalResults", "Resources"}
	if k.LowerCaseNames {
		names = [...]string{"Schemas", "totalresults", "resources"}
	}
	b := append([]byte(nil), `{"`+names[0]+`":["`+schemaList+`"],`...)
	if n, said := claim(k.Total, total, len(page), from); said {
		b = append(b, fmt.Sprintf(`"%s":%d,`, names[1], n)...)
	}
	b = append(b, fields...)
	switch {
	case len(page) > 0:
		b = append(b, `,"`+names[2]+`":[`...)
		b = append(s.renderItems(b, page, k), ']')
	case k.OmitResources:
	case k.NullResources:
		b = append(b, `,"`+names[2]+`":null`...)
	default:
		b = append(b, `,"`+names[2]+`":[]`...)
	}
	return ok(append(b, '}'))
}

func (s *Server) renderItems(b []byte, page []item, k Quirks) []byte {
	for i, it := range page {
		if i > 0 {
			b = append(b, ',')
		}
		switch {
		case it.made > 0:
			u := plainUser(it.made)
			u.ID = fmt.Sprintf("invented-%d", it.made)
			b = s.renderUser(b, &u, k)
		case it.user != nil:
			b = s.renderUser(b, it.user, k)
		default:
			b = s.renderGroup(b, it.group, k)
		}
	}
	return b
}

// claim is what totalResults says.
func claim(t Total, total, page, from int) (n int, said bool) {
	switch t {
	case TotalPage:
		return page, true
	case TotalCapped:
		return min(total, 50), true
	case TotalRemainder:
		return max(0, total-from), true
	case TotalTooMany:
		return total + 10, true
	case TotalTooFew:
		return max(0, total-10), true
	case TotalAbsent:
		return 0, false
	}
	return total, true
}
