package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/term"
)

// The environment variables that are read.
const (
	envWorkspace  = "ROLLCALL_WORKSPACE"
	envPassphrase = "ROLLCALL_PASSPHRASE"
)

// workspaceDir is the flag, or the environment's, or the system's data folder.
func workspaceDir(flag string, getenv func(string) string) (string, error) {
	dir := flag
	if dir == "" {
		dir = getenv(envWorkspace)
	}
	if dir == "" {
		dir = dataDir(runtime.GOOS, getenv)
	}
	if dir == "" {
		return "", usage("There is no folder for the workspace.", "Name one with --workspace or "+envWorkspace+".")
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("find the workspace: %w", err)
	}
	return abs, nil
}

// dataDir is where programs of this system keep data, or "".
func dataDir(goos string, getenv func(string) string) string {
	under := func(base string, names ...string) string {
		if base == "" {
			return ""
		}
		return filepath.Join(append([]string{base}, names...)...)
	}
	switch goos {
	case "windows":
		return under(getenv("LOCALAPPDATA"), "Rollcall")
	case "darwin":
		return under(getenv("HOME"), "Library", "Application Support", "Rollcall")
	}
	// A relative XDG_DATA_HOME must be ignored, says its specification.
	if xdg := getenv("XDG_DATA_HOME"); filepath.IsAbs(xdg) {
		return under(xdg, "rollcall")
	}
	return under(getenv("HOME"), ".local", "share", "rollcall")
}

// passphrase opens the secrets file: the environment's, or a person's.
func (s *session) passphrase() (string, error) {
	if p := s.env.Getenv(envPassphrase); p != "" {
		return p, nil
	}
	if !s.env.StdinIsTerminal {
		return "", nil // the service says that there is none
	}
	prompt := "Passphrase of the secrets file: "
	_, err := os.Stat(filepath.Join(s.dir, "secrets.age"))
	isNew := errors.Is(err, fs.ErrNotExist)
	if isNew {
		prompt = "New passphrase for the secrets file: "
	}
	p, err := s.ask(prompt)
	if err == nil && p == "" {
		err = usage("The passphrase is empty.", "Type it, or set "+envPassphrase+".")
	}
	if err == nil && isNew {
		err = s.askAgain(p)
	}
	return p, err
}

// askAgain guards a new passphrase against a slip: nothing can recover it.
func (s *session) askAgain(first string) error {
	again, err := s.ask("The same again: ")
	if err == nil && again != first {
		err = usage("The two passphrases differ.", "Try again; nothing was stored.")
	}
	return err
}

// ask reads a line from the terminal without showing it.
func (s *session) ask(prompt string) (string, error) {
	s.progress.clear()
	fmt.Fprint(s.env.Stderr, prompt)
	defer fmt.Fprintln(s.env.Stderr)
	f, ok := s.env.Stdin.(*os.File)
	if !ok {
		if s.lines == nil {
			s.lines = bufio.NewReader(io.LimitReader(s.env.Stdin, maxSecret+1))
		}
		return readSecret(s.lines)
	}
	b, err := term.ReadPassword(int(f.Fd()))
	if err != nil {
		return "", fmt.Errorf("read from the terminal: %w", err)
	}
	return string(b), nil
}

// askLine reads a line from the terminal, shown as it is typed.
func (s *session) askLine(prompt string) (string, error) {
	s.progress.clear()
	fmt.Fprint(s.env.Stderr, prompt)
	if s.lines == nil {
		s.lines = bufio.NewReader(io.LimitReader(s.env.Stdin, maxSecret+1))
	}
	line, err := s.lines.ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read from the terminal: %w", err)
	}
	return trimNewline(line), nil
}

// maxSecret bounds a token; real ones have at most a few kilobytes.
const maxSecret = 64 << 10

// readSecret reads one secret up to its newline or the end.
func readSecret(r io.Reader) (string, error) {
	line, err := readLine(r)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read from standard input: %w", err)
	}
	if len(line) > maxSecret {
		return "", usage("The secret on standard input is too long.", "Give the token alone.")
	}
	return trimNewline(line), nil
}

// readLine takes one line from r, and no more than that where r is buffered.
func readLine(r io.Reader) (string, error) {
	lines, ok := r.(*bufio.Reader)
	if !ok {
		lines = bufio.NewReader(io.LimitReader(r, maxSecret+1))
	}
	return lines.ReadString('\n')
}

func trimNewline(s string) string {
	return strings.TrimSuffix(strings.TrimSuffix(s, "\n"), "\r")
}
