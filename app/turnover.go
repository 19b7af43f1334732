package app

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"rollcall/db"
)

// turnover is how many of the accounts on show a new list has not. A list of
// the same length may be another organisation's. Those that a run of ours closed
// are expected to go and do not count.
type turnover struct {
	since   time.Time // when the list on show was begun, or exported
	of      int       // accounts on it; 0: there is none
	gone    int       // of those, that the new list has not, or whose id is somebody else's there
	others  int       // of those gone, whose id is somebody else's
	numbers int       // of those kept, of which the number alone is as it was
	renamed int       // new ids whose user name an account on show has; counted where too many are gone
}

const (
	sameAsShown = `SELECT count(*) FROM stage_account WHERE id >= @low AND id < @high AND same = 1`

	changedOfShown = `SELECT s.user_name, s.external_id, s.emails, s.display_name, a.user_name, a.external_id, a.emails, a.display_name
FROM stage_account AS s CROSS JOIN account AS a ON a.tenant = @tenant AND a.scim_id = s.scim_id AND a.valid_to IS NULL
WHERE s.id >= @low AND s.id < @high AND s.same = 0`

	closedAndGone = `SELECT count(*) FROM account AS a JOIN tenant_no AS t ON t.no = a.tenant
WHERE a.tenant = @tenant AND a.valid_to IS NULL AND (
  EXISTS (
    SELECT 1 FROM intent AS i WHERE i.tenant_id = t.tenant_id AND i.account = a.scim_id
      AND (i.action = 'deactivate' AND i.outcome = 'confirmed' OR i.action = 'delete' AND i.outcome IN ('confirmed', 'confirmed-gone'))
      AND NOT EXISTS (
        SELECT 1 FROM intent AS l WHERE l.tenant_id = i.tenant_id AND l.account = i.account AND l.seq > i.seq
          AND l.action = 'reactivate' AND (l.outcome IS NULL OR l.outcome <> 'failed')
      )
  ) OR EXISTS (SELECT 1 FROM step AS p WHERE p.tenant_id = t.tenant_id AND p.account = a.scim_id AND p.done IS NOT NULL)
) AND a.scim_id NOT IN (SELECT scim_id FROM stage_account WHERE id >= @low AND id < @high)`

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
		if err := t.count(ctx, tx, args); err != nil || !tooManyGone(t.gone, t.of, mostPercent) {
			return err
		}
		var ours int
		if err := tx.SQL.QueryRowContext(ctx, closedAndGone, args...).Scan(&ours); err != nil {
			return err
		}
		if t.of, t.gone = t.of-ours, t.gone-ours; !tooManyGone(t.gone, t.of, mostPercent) {
			return nil
		}
		return tx.SQL.QueryRowContext(ctx, newIDs, args...).Scan(&t.renamed)
	})
	return t, fileError(err)
}

// count counts the accounts that are gone. An id alone is nobody: another
// organisation may count its ids from 1 as well.
func (t *turnover) count(ctx context.Context, tx *db.Tx, args []any) error {
	var kept int
	if err := tx.SQL.QueryRowContext(ctx, sameAsShown, args...).Scan(&kept); err != nil {
		return err
	}
	rows, err := tx.SQL.QueryContext(ctx, changedOfShown, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var now, was accountMarks
		var mails [2]string
		err := rows.Scan(&now.userName, &now.externalID, &mails[0], &now.name, &was.userName, &was.externalID, &mails[1], &was.name)
		if err == nil {
			now.emails, err = decodeList[string](mails[0])
		}
		if err == nil {
			was.emails, err = decodeList[string](mails[1])
		}
		if err != nil {
			return err
		}
		if was.isAnother(now) {
			t.others++
			continue
		}
		if was.byNumberAlone(now) {
			t.numbers++
		}
		kept++
	}
	t.gone = t.of - kept
	return rows.Err()
}

// turnedOver holds a list that lacks many of the accounts on show, however long
// it is. Only a person who names the number of its accounts lets it pass.
func (t attempt) turnedOver() []Problem {
	n, o := t.users.Distinct, t.turnover
	if !tooManyGone(o.gone+o.numbers, o.of, t.maxShrink) || t.accept != nil && *t.accept == n {
		return nil
	}
	p := Problem{Code: codeOthers, Text: fmt.Sprintf("%d of the %d accounts of %s are not in the list any more, since that of %s.", o.gone, o.of, t.tenant, stamp(o.since))}
	switch {
	case o.gone == 0:
		p.Text = fmt.Sprintf("Of %d of the %d accounts of %s only the number is as it was in the list of %s; names, addresses and logins are others.", o.numbers, o.of, t.tenant, stamp(o.since))
	case o.numbers > 0:
		p.Text += fmt.Sprintf(" Of %d more only the number is as it was.", o.numbers)
	}
	if o.others > 0 {
		p.Text += fmt.Sprintf(" The ids of %d of them are somebody else's in it.", o.others)
	}
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

// lostBefore holds the first list after one whose accounts were lost with the
// store, unless it is the same: nobody can tell whether it is that of the same
// organisation. Only a person who names the number of its accounts lets it pass.
func (t attempt) lostBefore() []Problem {
	if !t.lost || t.content == t.lostWas || t.accept != nil && *t.accept == t.users.Distinct {
		return nil
	}
	p := Problem{
		codeLost, fmt.Sprintf("The accounts of %s as of %s were lost with the store, and the list is not the same as then, so that nobody can tell whether it is that of the same organisation.", t.tenant, stamp(t.lostAt)),
		fmt.Sprintf("Check that the address and the credential are still those of the same organisation. If they are, sync with --accept-shrink %q, which names its number of accounts.", fmt.Sprintf("%s=%d", t.tenant, t.users.Distinct)),
	}
	if t.file != nil {
		p.Do = fmt.Sprintf("Check that the file is that of the same organisation. If it is, import it with --accept-shrink %d, its number of accounts.", t.users.Distinct)
	}
	return []Problem{p}
}
