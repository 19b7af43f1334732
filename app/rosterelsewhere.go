package app

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"rollcall/app/reconcile"
	"rollcall/db"
)

// sharedWith counts the people on the stage who have an address or a login of
// people of another roster, by the roster with which most do. Their numbers may
// be alike by chance.
const sharedWith = `SELECT q.source, count(DISTINCT s.id) AS n
FROM stage_person AS s CROSS JOIN json_each(s.keys) AS k CROSS JOIN person_key AS x ON x.key = k.value
CROSS JOIN person AS q NOT INDEXED ON q.id = x.person
WHERE s.id >= @low AND s.id < @high AND substr(k.value, 1, 1) IN (@email, @login)
  AND q.source <> @source AND q.valid_to IS NULL AND q.presumed = 0
GROUP BY q.source ORDER BY n DESC, q.source LIMIT 1`

// listedElsewhere refuses the first file of a roster where its people are those
// of another roster: with both, more than one person would match each account,
// and there is no way back from that.
func (a *App) listedElsewhere(ctx context.Context, d *rosterTaken, st *rosterStage) error {
	b, err := a.rosterBefore(ctx, d.Source)
	if err != nil {
		return err
	}
	low, high := stageRange(st.no)
	var source string
	var n int
	err = a.store.Read(ctx, func(tx *db.Tx) error {
		err := tx.SQL.QueryRowContext(ctx, sharedWith, sql.Named("low", low), sql.Named("high", high), sql.Named("source", d.Source),
			sql.Named("email", ruleLetters[reconcile.RuleEmail]), sql.Named("login", ruleLetters[reconcile.RuleUserName])).Scan(&source, &n)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	if err != nil || !tooManyGone(n, d.People, b.most) {
		return fileError(err)
	}
	return refused1(
		fmt.Sprintf("%d of the %d people of this file have the addresses or logins of people on the roster %s. With both rosters, nobody could tell whose their accounts are. Nothing was imported.", n, d.People, quoted(source)),
		fmt.Sprintf("Import it as that roster, with --source %s. If these are other people who share them, import it with --accept-shrink %d, its number of people.", quoted(source), d.People),
	)
}
