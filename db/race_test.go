//go:build race

package db

// underRace is true where SQLite runs more than twenty times slower, so that
// repeated trials are cut down.
const underRace = true
