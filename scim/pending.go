package scim

import (
	"context"
	"errors"
)

var errPending = errors.New("being built")

const maxHeaderBytes = 256 << 10

func isControl(r rune) bool { return r < 0x20 || 0x7f <= r && r < 0xa0 }

func clean(s string, max int) string { return s }

// Probe ...
func (c *Client) Probe(ctx context.Context) (Capabilities, error) { return Capabilities{}, errPending }

// List ...
func (c *Client) List(ctx context.Context, kind Kind, opt ListOptions, sink func(Page) error) (Listing, error) {
	return Listing{}, errPending
}

// User ...
func (c *Client) User(ctx context.Context, id string) (User, error) { return User{}, errPending }

// Group ...
func (c *Client) Group(ctx context.Context, id string) (Group, error) { return Group{}, errPending }

// FindUser ...
func (c *Client) FindUser(ctx context.Context, userName string) (Found, error) {
	return Found{}, errPending
}

// SetActive ...
func (c *Client) SetActive(id string, active bool, f Form, current *User) (Write, error) {
	return Write{}, errPending
}

// Send ...
func (c *Client) Send(ctx context.Context, w Write, r Receipt) (Answer, error) {
	return Answer{}, errPending
}

// Sentence ...
func (l Listing) Sentence() string { return "" }
