package app

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"rollcall/app/reconcile"
	"rollcall/db/storeq"
)

// LikelyCause is what several orphaned accounts have in common and may explain them:
// the domain of their mail, which nobody on the rosters has.
type LikelyCause struct {
	Domain   string `json:"domain"`
	Accounts int    `json:"accounts"`
}

// mostCauses is how many are told: what explains few accounts explains little.
const mostCauses = 3

// causes counts the open orphans of one tenant, or of all with "", by such a
// domain, the most first.
func causes(ctx context.Context, q *storeq.Queries, tenantID string) ([]LikelyCause, error) {
	rows, err := q.StrangeDomains(ctx, storeq.StrangeDomainsParams{TenantID: tenantID, Most: mostCauses})
	var out []LikelyCause
	for _, r := range rows {
		out = append(out, LikelyCause{Domain: r.Domain, Accounts: int(r.N)})
	}
	return out, err
}

// strange is the mail domain of an orphan that is in no roster; "" for any
// other finding, and where its addresses have several domains.
func (w *findingWriter) strange(ctx context.Context, acc reconcile.Account, f reconcile.Finding) (string, error) {
	if f.Kind != reconcile.KindOrphaned || f.Rule != reconcile.RuleNone {
		return "", nil
	}
	domain := ""
	for _, k := range reconcile.Keys(acc) {
		d := k.Value[strings.LastIndexByte(k.Value, '@')+1:]
		if d == k.Value || k.Rule == reconcile.RuleExternalID || d == domain {
			continue
		}
		if domain != "" {
			return "", nil
		}
		domain = d
	}
	if domain == "" {
		return "", nil
	}
	if err := w.readDomains(ctx); err != nil || w.domains[domain] {
		return "", err
	}
	return domain, nil
}

func (w *findingWriter) readDomains(ctx context.Context) error {
	if w.domains != nil {
		return nil
	}
	w.domains = map[string]bool{}
	query := `SELECT DISTINCT substr(key, instr(key, '@') + 1) FROM person_key WHERE key >= ? AND key < ?`
	err := each(ctx, w.tx, query, []any{ruleLetters[reconcile.RuleEmail], ruleLetters[reconcile.RuleUserName]}, func(rows *sql.Rows) error {
		var domain string
		err := rows.Scan(&domain)
		w.domains[domain[strings.LastIndexByte(domain, '@')+1:]] = true
		return err
	})
	if err != nil {
		return fmt.Errorf("mail domains of the rosters: %w", err)
	}
	return nil
}
