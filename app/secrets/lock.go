package secrets

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// lock keeps other processes, and other stores in this one, from changing the
// workspace's secrets. The operating system lets go of it when a process ends,
// however that happens.
func lock(ctx context.Context, dir string) (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		ok, err := tryLock(f)
		if ok {
			return func() { f.Close() }, nil
		}
		if err != nil {
			f.Close()
			return nil, fmt.Errorf("lock the secrets: %w", err)
		}
		select {
		case <-ctx.Done():
			f.Close()
			return nil, fmt.Errorf("wait for another process that changes the secrets: %w", ctx.Err())
		case <-tick.C:
		}
	}
}
