package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"rollcall/db"
)

// partial ends the name of a file that is being written.
const partial = ".partial"

// newFile gets its name only when it is whole. Until then it stands beside its
// place under a name of its own that ends in .partial; that is all that a crash
// leaves. No file that is there already is ever replaced.
type newFile struct {
	*os.File
	name string
}

// createFile begins a file that only its owner may read. The error is
// fs.ErrExist where there is one of this name.
func createFile(name string) (newFile, error) {
	if err := vacant(name); err != nil {
		return newFile{}, err
	}
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*"+partial)
	return newFile{f, name}, err
}

func vacant(name string) error {
	_, err := os.Lstat(name)
	switch {
	case err == nil:
		return fmt.Errorf("create %s: %w", name, fs.ErrExist)
	case errors.Is(err, fs.ErrNotExist):
		return nil
	}
	return err
}

// publish makes the file durable and gives it its name.
func (f newFile) publish() error {
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := f.rename(); err != nil {
		return err
	}
	return db.SyncDir(filepath.Dir(f.name))
}

// rename links first, which never replaces a file that came to be meanwhile;
// not every file system has links.
func (f newFile) rename() error {
	err := os.Link(f.File.Name(), f.name)
	if err == nil {
		return os.Remove(f.File.Name())
	}
	if errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := vacant(f.name); err != nil {
		return err
	}
	return os.Rename(f.File.Name(), f.name)
}

// drop removes what was written so far.
func (f newFile) drop() error {
	_ = f.Close() // which publish may have done
	if err := os.Remove(f.File.Name()); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
