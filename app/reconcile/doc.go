// Package reconcile decides whose account is whose, and what a person should
// look at because of it.
//
// It is pure: accounts, people and the time go in, correlations and findings
// with their reasons come out. It reads no clock, file, network or database,
// so that the same input gives the same verdict on every machine.
//
// # How the pieces fit
//
// The store keeps [Keys] of every account and [PersonKeys] of every person. A
// join on (rule, value) gives the [Candidate] stream; [Correlate] merges it
// with the accounts, both sorted by tenant and account id. [ActiveLinks]
// counts each person's active accounts, and [Findings] says what is wrong
// with one account.
//
// # What it promises
//
// Nothing is guessed: where the rules name more than one person the account
// is disputed. The order of candidates and of e-mail addresses changes
// nothing. Memory does not grow with the streams, except 16 bytes and a count
// for each linked active account in [ActiveLinks].
package reconcile
