package cli

import "runtime"

// DefaultWorkspace is the folder that is used where nothing names one, or "".
func DefaultWorkspace(getenv func(string) string) string {
	return dataDir(runtime.GOOS, getenv)
}
