package db

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"strings"
)

// Statements that a connection keeps ready, and the longest text of one. A
// ready one takes some 10 KB.
const (
	maxStatements    = 192
	maxStatementText = 8 << 10
)

// sqliteConn is what the driver's connections can do.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// statement is what the driver's statements can do.
type statement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// conn is a connection that keeps its statements ready: to parse one takes
// SQLite longer than to run it. SQLite itself parses a kept one anew once the
// schema has changed. database/sql lets one goroutine at a time into it.
type conn struct {
	sqliteConn
	ready  map[string]*readyStatement // those that nobody uses now
	uses   uint64
	closed bool
}

type readyStatement struct {
	statement
	used uint64 // when last, in uses of the connection
}

func newConn(c sqliteConn) *conn {
	return &conn{sqliteConn: c, ready: map[string]*readyStatement{}}
}

// ExecContext implements driver.ExecerContext.
func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if !reusable(query) {
		return c.sqliteConn.ExecContext(ctx, query, args)
	}
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	result, err := s.ExecContext(ctx, args)
	c.giveBack(query, s, err)
	return result, err
}

// QueryContext implements driver.QueryerContext.
func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if !reusable(query) {
		return c.sqliteConn.QueryContext(ctx, query, args)
	}
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(ctx, args)
	if err != nil {
		c.giveBack(query, s, err)
		return nil, err
	}
	return &rowsOf{Rows: rows, conn: c, query: query, s: s}, nil
}

// Close implements driver.Conn. SQLite would keep a file open that has
// statements.
func (c *conn) Close() error {
	c.closed = true
	for query, s := range c.ready {
		s.Close() // it has nothing left to do that could fail
		delete(c.ready, query)
	}
	return c.sqliteConn.Close()
}

// take returns the statement of this text, which nobody else then has: where
// it is in use already, or was never used, a new one.
func (c *conn) take(ctx context.Context, query string) (statement, error) {
	if s, ok := c.ready[query]; ok {
		delete(c.ready, query)
		return s.statement, nil
	}
	s, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.(statement), nil
}

// giveBack keeps a statement for the next time; one that failed is not trusted
// with another, and of two of the same text the first stays.
func (c *conn) giveBack(query string, s statement, failed error) {
	if _, there := c.ready[query]; there || failed != nil || c.closed {
		s.Close() // what could fail in it has failed before
		return
	}
	if len(c.ready) >= maxStatements {
		c.forgetOne()
	}
	c.uses++
	c.ready[query] = &readyStatement{s, c.uses}
}

// forgetOne closes the statement that was used the longest time ago.
func (c *conn) forgetOne() {
	oldest, used := "", c.uses+1
	for query, s := range c.ready {
		if s.used < used {
			oldest, used = query, s.used
		}
	}
	c.ready[oldest].Close()
	delete(c.ready, oldest)
}

// rowsOf gives its statement back once it was read.
type rowsOf struct {
	driver.Rows
	conn  *conn
	query string
	s     statement

	failed error // what reading them ended with, but for their end
}

// Next implements driver.Rows.
func (r *rowsOf) Next(row []driver.Value) error {
	err := r.Rows.Next(row)
	if err != nil && err != io.EOF {
		r.failed = err
	}
	return err
}

// Close implements driver.Rows.
func (r *rowsOf) Close() error {
	err := r.Rows.Close()
	r.conn.giveBack(r.query, r.s, errors.Join(r.failed, err))
	return err
}

// reusable tells whether a statement is worth keeping. Those of the schema run
// once, and SQLite parses a PRAGMA anew for every run.
func reusable(query string) bool {
	if len(query) > maxStatementText {
		return false
	}
	switch strings.ToUpper(firstWord(query)) {
	case "SELECT", "WITH", "INSERT", "REPLACE", "UPDATE", "DELETE":
		return true
	}
	return false
}

// firstWord skips space and the comments in which sqlc names its queries.
func firstWord(query string) string {
	for {
		query = strings.TrimLeft(query, " \t\r\n")
		if !strings.HasPrefix(query, "--") {
			break
		}
		_, query, _ = strings.Cut(query, "\n")
	}
	if end := strings.IndexAny(query, " \t\r\n("); end >= 0 {
		query = query[:end]
	}
	return query
}
