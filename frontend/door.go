package frontend

// doorView is what somebody without a session is told.
type doorView struct {
	Head, Do string
	Open     bool // this browser has a session
}
