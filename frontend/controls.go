package frontend

import (
	"regexp"
	"strconv"
	"strings"
)

// The service says what to do in the terminal's words, also in the record, where
// a problem stays as it was told. A page has other controls: each row puts one in
// the place of a command or a flag. What no row knows is said to be for a
// terminal.
var controls = []struct {
	told *regexp.Regexp
	here string
}{
	{regexp.MustCompile(`Say the encoding with --encoding`), `Choose the encoding under How the file is read`},
	{regexp.MustCompile(`map it to (.+?) with --status-map`), `choose $1 for it under What a status means`},
	{regexp.MustCompile(`Map one with --map number=COLUMN, or name the column that identifies a person with --key`), `Choose it under Which column is what, or what a person is known by under How the file is read`},
	{regexp.MustCompile(`Map one with (?:--map (?:"[^"]*"|\w+)=COLUMN(?:, | or )?)+`), `Choose one under Which column is what`},
	{regexp.MustCompile(`map the right one with --map \w+=COLUMN`), `choose the right one under Which column is what`},
	{regexp.MustCompile(`Name (one|the right one) with --map \w+=COLUMN`), `Choose $1 under Which column is what when you import it again`},
	{regexp.MustCompile(`Say --map dates=day-first or --map dates=month-first`), `Choose it under How the file is read`},
	{regexp.MustCompile(`Import it as that roster, with --source ("(?:[^"\\]|\\.)*"|\S+?)\.`), `Give this roster the name $1 under How the file is read.`},
	{regexp.MustCompile(`(people who share them), import it with --accept-shrink (\d+)`), `$1, import it in a terminal with --accept-shrink $2`},
	{regexp.MustCompile(`import it with --contents (?:"[^"]*"|[\w-]+)`), `import it as one that lists active people only`},
	{regexp.MustCompile(`add --contents (?:"[^"]*"|[\w-]+) this once, and --contents (?:"[^"]*"|[\w-]+) with the next file`), `import it this once as one that lists leavers too, and the next file as one of active people only`},
	{regexp.MustCompile(`Import that roster as it is now, with --accept-shrink (\d+) if the file is the same`), `Import that roster as it is now, in a terminal with --accept-shrink $1 if the file is the same`},
	{regexp.MustCompile(`import (it|the file) with --accept-shrink (\d+)`), `import $1 and vouch for $2 where the page asks for the number`},
	{regexp.MustCompile(`sync with --accept-shrink "(?:[^"\\]|\\.)*=(\d+)"(?:, which names its number of accounts)?`), `sync and vouch for $1 accounts in the tenant's settings`},
	{regexp.MustCompile(`run it with --confirm (?:"(?:[^"\\]|\\.)*=)?(\d+)"?`), `run it and type $1 where the page asks for the total`},
	{regexp.MustCompile(`--confirm names (\d+ accounts)`), `You named $1`},
	{regexp.MustCompile(`with rollcall link or rollcall except, or end the old decision with --remove and its old id`), `on its finding, and end the old one under Decisions`},
	{regexp.MustCompile(`with rollcall link or rollcall except\. End the old decision with --remove and its old id`), `on its finding. End the old decision under Decisions`},
	{regexp.MustCompile(`certificate \(--ca\)`), `certificate`},
	{regexp.MustCompile(`Give it a new one in its settings, or with rollcall tenant set-token`), `Give it a new one in its settings`},
	{regexp.MustCompile(`Give it on the pages or when asked on a terminal, or set ROLLCALL_PASSPHRASE`), `Give it first; nothing was changed`},
	{regexp.MustCompile(`Allow changes with rollcall tenant allow-writes .*`), `Allow changes on the plan's page or in the tenant's settings.`},
	{regexp.MustCompile(`List them with rollcall tenant list`), `See them under Tenants`},
	{regexp.MustCompile(`(?:List them with|See) rollcall plan list`), `See them under Plans`},
	{regexp.MustCompile(`(?:List the open ones with|see) rollcall step list`), `see the plan's page`},
	{regexp.MustCompile(`List (?:them|the links) with rollcall (?:except|link) list`), `See them under Decisions`},
	{regexp.MustCompile(`List them with rollcall protect list`), `See them under Settings`},
	{regexp.MustCompile(`(with|Protect the right account with) rollcall protect (?:add|remove)`), `$1 Settings`},
	{regexp.MustCompile(`use rollcall record rekey --reason \w+`), `replace it under Settings`},
	{regexp.MustCompile(`rollcall findings shows`), `Findings shows`},
	{regexp.MustCompile(`plan the way back with rollcall undo (?:"[^"]*"|\w+)`), `plan the way back below`},
	{regexp.MustCompile(`bring them in with rollcall tenant import .* FILE`), `import that file`},
	{regexp.MustCompile(`Bring in a newer (file|one) with rollcall tenant import(?: .* FILE)?`), `Import a newer $1 on its page`},
	{regexp.MustCompile(`Import its next file with rollcall tenant import`), `Import its next file on its page`},
	{regexp.MustCompile(`Import one with rollcall roster import`), `Import one under Connect`},
	{regexp.MustCompile(`Add one with rollcall tenant add`), `Add one under Connect`},
	{regexp.MustCompile(`such as rollcall tenant add`), `such as a tenant that is added`},
	{regexp.MustCompile(`rollcall setting list shows them`), `the settings page shows them`},
	{regexp.MustCompile(`Read the accounts back with rollcall settle`), `Rollcall reads the accounts back by itself while it is open`},
	{regexp.MustCompile(`\b(with|use) (rollcall (?:settle|record [a-z]+(?: --[a-z]+ \S+[A-Za-z])?))`), `$1 $2 in a terminal`},
}

// onPage is a sentence of the service with a page's own controls in it.
func onPage(sentence string) string {
	if !strings.Contains(sentence, "--") && !strings.Contains(sentence, "rollcall ") && !strings.Contains(sentence, "ROLLCALL_") {
		return sentence
	}
	for _, c := range controls {
		sentence = c.told.ReplaceAllString(sentence, c.here)
	}
	return sentence
}

// vouchURL is where a person names the number of a list's accounts.
func vouchURL(tenant string) string { return tenantURL(tenant, "settings") + "#vouch" }

// told is a sentence of the service as a page says it. What stands in quotes, and
// the names that it holds without any, are nobody's advice: they stay as they are.
func told(sentence string, names ...string) value {
	return prose(rewritten(sentence, names, func(s string) string { return moments(onPage(s)) }))
}

// ownWords are what the rewriting of sentences goes by.
var (
	ownWords = regexp.MustCompile(`--[a-z]|rollcall |ROLLCALL_|\d{4}-\d{2}-\d{2}`)
	inQuotes = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	putAside = regexp.MustCompile("\uE000(\\d+)\uE001")
)

// asideBegin begins what stands in the place of something put aside.
const asideBegin = "\uE000"

// rewritten has a sentence rewritten with everything put aside that reads like
// the program's own words and is not.
func rewritten(sentence string, names []string, rewrite func(string) string) string {
	if strings.Contains(sentence, asideBegin) {
		return sentence // no sentence of the program has it
	}
	var aside []string
	put := func(text string) string {
		aside = append(aside, text)
		return asideBegin + strconv.Itoa(len(aside)-1) + "\uE001"
	}
	hide := func(text string) string { return ownWords.ReplaceAllStringFunc(text, put) }
	for _, name := range names {
		if ownWords.MatchString(name) {
			sentence = strings.ReplaceAll(sentence, name, hide(name))
		}
	}
	sentence = rewrite(inQuotes.ReplaceAllStringFunc(sentence, hide))
	return putAside.ReplaceAllStringFunc(sentence, func(s string) string {
		i, _ := strconv.Atoi(putAside.FindStringSubmatch(s)[1])
		return aside[i]
	})
}
