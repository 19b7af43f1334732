package app

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rollcall/app/roster"
	"rollcall/app/secrets"
)

// Files of 200 MB, as a benchmark only: a child process reads each, so that its
// memory is that of the import alone.

const (
	envVolume   = "ROLLCALL_TEST_VOLUME" // roster or members
	envVolumeOf = "ROLLCALL_TEST_VOLUME_FILE"
	volumeBytes = 200 << 20
)

func init() {
	if kind := os.Getenv(envVolume); kind != "" {
		if err := importVolume(kind, os.Getenv(envVolumeOf)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
}

func importVolume(kind, file string) error {
	ctx := context.Background()
	a, err := Open(ctx, Config{Dir: filepath.Join(filepath.Dir(file), "workspace"), Actor: "tester", Secrets: secrets.Memory()})
	if err != nil {
		return err
	}
	defer a.Close()
	rows, start := 0, time.Now()
	if kind == "roster" {
		var r Roster
		r, err = a.ImportRoster(ctx, RosterImport{File: file, TimeZone: "UTC"})
		rows = r.People
	} else {
		var s Sync
		_, s, err = a.AddFileTenant(ctx, "Wiki", FileImport{File: file, ExportedBy: "me", ExportedAt: start})
		rows = s.Accounts
	}
	if err != nil {
		return err
	}
	peak, err := peakKiB()
	fmt.Println(rows, time.Since(start).Seconds(), peak)
	return err
}

// peakKiB is the most memory that this process ever had.
func peakKiB() (kib int, err error) {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(b), "VmHWM:")
	_, err = fmt.Sscan(rest, &kib)
	return kib, err
}

// writeVolume writes rows until the file has a size, and says how many.
func writeVolume(b *testing.B, file, head string, size int64, row func(w *bufio.Writer, i int)) (rows int) {
	b.Helper()
	f, err := os.Create(file)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	counted := &counter{f: f}
	w := bufio.NewWriterSize(counted, 1<<20)
	fmt.Fprintln(w, head)
	for ; counted.n+int64(w.Buffered()) < size; rows++ {
		row(w, rows)
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	return rows
}

type counter struct {
	f *os.File
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.f.Write(p)
	c.n += int64(n)
	return n, err
}

// volumes are the head and the rows of each file. A member's notes are long
// enough that the whole file stays within the bounds on accounts and memberships.
var volumes = map[string]struct {
	head string
	row  func(w *bufio.Writer, i int)
}{
	"roster": {"Employee number,Name,Email,Manager,Status,Start date,Department,Notes", func(w *bufio.Writer, i int) {
		fmt.Fprintf(w, "%d,Given%d Family%d,person%d@corp.example,%d,active,2020-01-01,Department %d,\"Some words, that are not read, on person %d of many\"\n", i, i, i%977, i, i/10, i%50, i)
	}},
	"members": {"Email,Name,Status,Groups,Last seen,Notes", func(w *bufio.Writer, i int) {
		fmt.Fprintf(w, "person%d@corp.example,Given%d Family%d,Active,Team %d;Everybody,2026-01-01,\"%s, on member %d of many\"\n", i, i, i%977, i%200, memberNotes, i)
	}},
}

var memberNotes = "Some words, that are not read" + strings.Repeat(", and some more of them", 6)

// The largest file of members is one that an import takes: rows are the shorter
// the lower their number, and each has two groups.
func TestVolumeWithinBounds(t *testing.T) {
	var out strings.Builder
	w := bufio.NewWriter(&out)
	volumes["members"].row(w, 0)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if most := volumeBytes/out.Len() + 1; most > roster.MaxMembers || 2*most > roster.MaxMemberships {
		t.Errorf("a row of %d bytes makes up to %d accounts of a file of %d", out.Len(), most, volumeBytes)
	}
}

// BenchmarkVolume imports a tenth of the size and the whole: the rate should be
// alike, and the memory the same. It takes more than ten minutes, so it runs
// only for make volume.
func BenchmarkVolume(b *testing.B) {
	if os.Getenv("ROLLCALL_VOLUME") == "" {
		b.Skip("make volume runs this")
	}
	for _, kind := range []string{"roster", "members"} {
		for _, size := range []int64{volumeBytes / 10, volumeBytes} {
			b.Run(fmt.Sprintf("%s/%dMB", kind, size>>20), func(b *testing.B) {
				for b.Loop() {
					b.StopTimer()
					file := filepath.Join(b.TempDir(), kind+".csv")
					rows := writeVolume(b, file, volumes[kind].head, size, volumes[kind].row)
					b.StartTimer()
					child := exec.Command(os.Args[0])
					child.Env = append(os.Environ(), envVolume+"="+kind, envVolumeOf+"="+file)
					child.Stderr = os.Stderr
					out, err := child.Output()
					var n, peak int
					var seconds float64
					if _, scanErr := fmt.Sscan(string(out), &n, &seconds, &peak); err != nil || scanErr != nil || n != rows {
						b.Fatalf("%d of %d rows, %v, %v", n, rows, err, scanErr)
					}
					b.ReportMetric(float64(rows), "rows")
					b.ReportMetric(float64(rows)/seconds, "rows/s")
					b.ReportMetric(float64(peak)/1024, "MiB-peak")
				}
			})
		}
	}
}
