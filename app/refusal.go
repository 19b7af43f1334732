package app

import (
	"errors"
	"slices"

	"rollcall/scim"
)

// Parts of what is asked for that an error may be about ([Error.Field]); the
// pages name the fields of their forms so.
const (
	FieldName   = "name"
	FieldURL    = "url"
	FieldToken  = "token"
	FieldUser   = "user"
	FieldHeader = "header"
	FieldCA     = "ca"

	FieldBy     = "by"
	FieldAt     = "at"
	FieldScreen = "screen"
	FieldFilter = "filter"
	FieldSource = "source"
	FieldZone   = "zone"
	FieldAccept = "accept"

	FieldAccount = "account"
	FieldPerson  = "person"
	FieldUntil   = "until"
	FieldReason  = "reason"
	FieldTicket  = "ticket"
	FieldNote    = "note"
	FieldValue   = "value"

	FieldPassphrase = "passphrase"
	FieldKey        = "key"
	FieldCheckpoint = "checkpoint"
)

// fieldOf is the part of a description that a server's answer, or the want of
// one, speaks against; "" for none.
func fieldOf(e *scim.Error) string {
	switch e.Kind {
	case scim.KindAuth, scim.KindForbidden:
		return FieldToken
	case scim.KindNoHost, scim.KindNetwork, scim.KindCertificate, scim.KindRedirect, scim.KindNotFound, scim.KindNotSCIM:
		return FieldURL
	}
	return ""
}

// Unsent says of an error that it came before anything was sent, a credential
// included.
func Unsent(err error) bool {
	var server *scim.Error
	if errors.As(err, &server) {
		return slices.Contains([]scim.ErrorKind{scim.KindUsage, scim.KindNoHost, scim.KindNetwork, scim.KindCertificate}, server.Kind)
	}
	e, ok := errors.AsType[*Error](err)
	return ok && e.Kind == KindUsage
}

// MayPass says of a first look that failed that the same may work later: the
// tenant did not answer in time, throttles or has a fault of its own.
func MayPass(err error) bool {
	var server *scim.Error
	if !errors.As(err, &server) {
		return false
	}
	return slices.Contains([]scim.ErrorKind{scim.KindTimeout, scim.KindLost, scim.KindThrottled, scim.KindServer}, server.Kind)
}
