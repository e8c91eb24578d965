// SPDX-License-Identifier: Apache-2.0

package systemd

import (
	"context"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const patience = 20 * time.Second

// socket listens as a manager does.
func socket(t *testing.T, name string) *net.UnixConn {
	t.Helper()
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func heard(t *testing.T, conn *net.UnixConn) string {
	t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	buf := make([]byte, 4096)
	n, err := conn.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	return string(buf[:n])
}

func quiet(t *testing.T) *slog.Logger { return slog.New(slog.NewTextHandler(t.Output(), nil)) }

func TestMessages(t *testing.T) {
	for _, name := range []string{filepath.Join(t.TempDir(), "notify"), "@weir-test-" + strconv.Itoa(os.Getpid())} {
		conn := socket(t, name)
		t.Setenv("NOTIFY_SOCKET", name)
		m := New(quiet(t))
		for _, row := range []struct {
			say  func()
			want string
		}{
			{func() { m.Ready("two\nlines") }, "READY=1\nSTATUS=two lines"},
			{func() { m.Stopping(3 * time.Second) }, "STOPPING=1\nEXTEND_TIMEOUT_USEC=3000000\nSTATUS=leaving"},
			{func() { m.Successor(42, "serving") }, "MAINPID=42\nREADY=1\nSTATUS=serving"},
		} {
			row.say()
			if got := heard(t, conn); got != row.want {
				t.Errorf("said %q, want %q", got, row.want)
			}
		}
		m.Reloading()
		usec, ok := strings.CutPrefix(heard(t, conn), "RELOADING=1\nMONOTONIC_USEC=")
		if n, err := strconv.ParseInt(usec, 10, 64); !ok || err != nil || n <= 0 {
			t.Errorf("reloading without a time: %q", usec)
		}
	}
}

// What we start must not take itself for the service; a successor must.
func TestEnvironmentIsTakenAndHandedOn(t *testing.T) {
	name := filepath.Join(t.TempDir(), "notify")
	t.Setenv("NOTIFY_SOCKET", name)
	t.Setenv("WATCHDOG_USEC", "30000000")
	t.Setenv("WATCHDOG_PID", strconv.Itoa(os.Getpid()))
	m := New(quiet(t))
	for _, v := range []string{"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"} {
		if value, ok := os.LookupEnv(v); ok {
			t.Errorf("%s=%s is still there", v, value)
		}
	}
	if got, want := m.Environment(), []string{"NOTIFY_SOCKET=" + name, "WATCHDOG_USEC=30000000"}; !slices.Equal(got, want) {
		t.Errorf("a successor gets %q, want %q", got, want)
	}
}

func TestNobodyListens(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	t.Setenv("WATCHDOG_USEC", "1000")
	m := New(quiet(t))
	m.Ready("serving")
	m.Watchdog(t.Context(), func() bool { t.Error("asked whether we live"); return true })
	if env := m.Environment(); env != nil {
		t.Errorf("a successor gets %q", env)
	}
}

func TestInterval(t *testing.T) {
	here := strconv.Itoa(os.Getpid())
	for _, row := range []struct {
		usec, pid string
		want      time.Duration
	}{
		{"", "", 0}, {"0", "", 0}, {"-5", "", 0}, {"soon", "", 0},
		{"2000000", "", 2 * time.Second}, {"2000000", here, 2 * time.Second}, {"2000000", here + "0", 0},
	} {
		if got := interval(row.usec, row.pid); got != row.want {
			t.Errorf("%q for %q: %v, want %v", row.usec, row.pid, got, row.want)
		}
	}
}

// A manager that does not read must not hold who speaks to it.
func TestManagerDoesNotRead(t *testing.T) {
	name := filepath.Join(t.TempDir(), "notify")
	socket(t, name)
	t.Setenv("NOTIFY_SOCKET", name)
	var lines atomic.Int32
	m := New(slog.New(slog.NewTextHandler(counter{&lines}, nil)))
	for end := time.Now().Add(patience); lines.Load() == 0; {
		if time.Now().After(end) {
			t.Fatal("the socket takes all that is sent")
		}
		m.Notify(strings.Repeat("X", 4096))
	}
}

type counter struct{ n *atomic.Int32 }

func (c counter) Write(b []byte) (int, error) { c.n.Add(1); return len(b), nil }

// Signs of life stop while nobody vouches for them, and come back.
func TestWatchdogAsksFirst(t *testing.T) {
	name := filepath.Join(t.TempDir(), "notify")
	conn := socket(t, name)
	t.Setenv("NOTIFY_SOCKET", name)
	t.Setenv("WATCHDOG_USEC", "4000")
	var alive atomic.Bool
	asked := make(chan bool)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		New(quiet(t)).Watchdog(ctx, func() bool {
			a := alive.Load()
			select {
			case asked <- a:
			case <-ctx.Done():
			}
			return a
		})
	}()
	for range 3 {
		<-asked
	}
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	if n, err := conn.Read(make([]byte, 100)); err == nil {
		t.Errorf("a sign of life of %d bytes from the dead", n)
	}
	alive.Store(true)
	for !<-asked {
	}
	if got := heard(t, conn); got != "WATCHDOG=1" {
		t.Errorf("heard %q", got)
	}
	cancel()
	<-ended
}
