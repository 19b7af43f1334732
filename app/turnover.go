package app

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"rollcall/db"
)

// turnover is how many of the accounts on show a new list has not. A list of
// the same length may be another organisation's.
type turnover struct {
	since   time.Time // when the list on show was begun, or exported
	of      int       // accounts on it; 0: there is none
	gone    int       // of those, that the new list has not
	renamed int       // new ids whose user name an account on show has; counted where too many are gone
}

const (
	stagedAndShown = `SELECT count(*) FROM stage_account AS s
WHERE s.id >= @low AND s.id < @high AND (s.same = 1 OR EXISTS (
  SELECT 1 FROM account AS a WHERE a.tenant = @tenant AND a.scim_id = s.scim_id AND a.valid_to IS NULL
))`

	newIDs = `SELECT count(*) FROM stage_account AS s
WHERE s.id >= @low AND s.id < @high AND s.same = 0 AND NOT EXISTS (
  SELECT 1 FROM account AS a WHERE a.tenant = @tenant AND a.scim_id = s.scim_id AND a.valid_to IS NULL
) AND EXISTS (
  SELECT 1 FROM account AS a WHERE a.tenant = @tenant AND lower(a.user_name) = lower(s.user_name) AND a.valid_to IS NULL
)`
)

// turnover compares what was listed with what is on show.
func (s *stager) turnover(ctx context.Context, tenantID string, mostPercent int) (t turnover, err error) {
	low, high := stageRange(s.run)
	args := []any{sql.Named("low", low), sql.Named("high", high), sql.Named("tenant", s.tenant)}
	err = s.store.Read(ctx, func(tx *db.Tx) error {
		shown, err := onShow(ctx, tx.Queries, tenantID)
		if err != nil || shown == nil {
			return err
		}
		t.since, t.of = fromMillis(shown.Started), int(shown.Accounts)
		var kept int
		if err := tx.SQL.QueryRowContext(ctx, stagedAndShown, args...).Scan(&kept); err != nil {
			return err
		}
		if t.gone = t.of - kept; !tooManyGone(t.gone, t.of, mostPercent) {
			return nil
		}
		return tx.SQL.QueryRowContext(ctx, newIDs, args...).Scan(&t.renamed)
	})
	return t, fileError(err)
}

// turnedOver holds a list that lacks many of the accounts on show, however long
// it is. Only a person who names the number of its accounts lets it pass.
func (t attempt) turnedOver() []Problem {
	n, o := t.users.Distinct, t.turnover
	if !tooManyGone(o.gone, o.of, t.maxShrink) || t.accept != nil && *t.accept == n {
		return nil
	}
	p := Problem{Code: "other-accounts", Text: fmt.Sprintf("%d of the %d accounts of %s are not in the list any more, since that of %s.", o.gone, o.of, t.tenant, stamp(o.since))}
	if o.renamed > 0 {
		p.Text += fmt.Sprintf(" %d of them may be there under new ids, for which no link and no exception holds.", o.renamed)
	}
	if t.accept != nil {
		p.Text += fmt.Sprintf(" %d were accepted, which is another number.", *t.accept)
	}
	p.Do = fmt.Sprintf("Check that the address and the credential are still those of the same organisation. If the list is right, sync with --accept-shrink %q, which names its number of accounts.", fmt.Sprintf("%s=%d", t.tenant, n))
	if t.file != nil {
		p.Do = fmt.Sprintf("Check that the file is that of the same organisation. If it is right, import it with --accept-shrink %d, its number of accounts.", n)
	}
	return []Problem{p}
}
