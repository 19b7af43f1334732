package app

import (
	"context"
	"fmt"
	"strings"
	"unicode"

	"rollcall/db/storeq"
)

// planHashes lists all plans, newest first.
func (a *App) planHashes(ctx context.Context) (hashes []string, err error) {
	err = a.read(ctx, func(q *storeq.Queries) (err error) {
		hashes, err = q.Plans(ctx)
		return err
	})
	return hashes, err
}

// planHashesFrom lists at most two plans whose hash begins with prefix.
func (a *App) planHashesFrom(ctx context.Context, prefix string) (hashes []string, err error) {
	err = a.read(ctx, func(q *storeq.Queries) (err error) {
		hashes, err = q.PlanHashes(ctx, storeq.PlanHashesParams{Low: prefix, High: prefix + "g"})
		return err
	})
	return hashes, err
}

// loadPlan returns sql.ErrNoRows where there is no such plan.
func (a *App) loadPlan(ctx context.Context, hash string) (storedPlan, error) {
	s := storedPlan{Hash: hash}
	err := a.read(ctx, func(q *storeq.Queries) (err error) {
		s.Row, err = q.PlanByHash(ctx, hash)
		return err
	})
	if err != nil {
		return s, err
	}
	s.Body, s.View, err = decodePlan(s.Row.Body, s.Row.View)
	return s, err
}

// actionRows are a plan's actions in order.
func (a *App) actionRows(ctx context.Context, hash string) (rows []storeq.Action, err error) {
	err = a.read(ctx, func(q *storeq.Queries) (err error) {
		rows, err = q.Actions(ctx, hash)
		return err
	})
	return rows, err
}

func (a *App) tenantNames(ctx context.Context) (map[string]string, error) {
	names := map[string]string{}
	err := a.read(ctx, func(q *storeq.Queries) error {
		rows, err := q.TenantNames(ctx)
		for _, r := range rows {
			names[r.ID] = r.Name
		}
		return err
	})
	return names, err
}

// quoted shows what a person typed, for a message.
func quoted(s string) string {
	s = strings.Map(func(r rune) rune {
		if unprintable(r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
	if r := []rune(s); len(r) > 80 {
		s = string(r[:79]) + "…"
	}
	return fmt.Sprintf("%q", s)
}

func unprintable(r rune) bool { return !unicode.IsPrint(r) }
