// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"

	"weir/internal/xmpptest"
)

// TestUpgradeTLS: a component on TLS goes on as it was, its bytes by way of the old process, until it is told that the system
// shuts down; whoever comes meanwhile is the new process's. The old one leaves when the last one has.
func TestUpgradeTLS(t *testing.T) {
	site := newTLSSite(t)
	w := xmpptest.StartWeir(t, "[engine]\ndrain_window = \"6s\"\n"+site.config(withSecret, verifyNone)+listener)
	old := w.PID()
	coded, plain := dialTLS(t, w, site.client(), "coded.example"), xmpptest.Dial(t, w.AddrOf(1), "plain.example", secret)
	m := sized(t, "coded.example", "plain.example", 3000)
	back := sized(t, "plain.example", "coded.example", 40_000)
	coded.Send(m + m[:1234])
	plain.Expect(m)
	w.Upgrade()
	coded.Send(m[1234:])
	plain.Expect(m)
	plain.Send(back)
	coded.Expect(back)
	next := dialTLS(t, w, site.client(), "next.example")
	next.Send(sized(t, "next.example", "coded.example", 500))
	coded.Expect(sized(t, "next.example", "coded.example", 500))
	if err := syscall.Kill(old, 0); err != nil {
		t.Errorf("the old process has left its TLS: %v", err)
	}

	coded.ExpectStreamErrorWithText("system-shutdown")
	coded.Close()
	next.Sync()
	plain.Sync()
	w.WaitLog(`"msg":"weir has ended"`)
	again := dialTLS(t, w, site.client(), "coded.example")
	again.End()
	next.End()
	plain.End()
}

// TestUpgradeTLSEnds: ends of streams come through, whoever ends them.
func TestUpgradeTLSEnds(t *testing.T) {
	site := newTLSSite(t)
	w := xmpptest.StartWeir(t, "[engine]\ndrain_window = \"30s\"\n"+site.config(withSecret, verifyNone)+listener)
	ends, leaves, breaks := dialTLS(t, w, site.client(), "ends.example"), dialTLS(t, w, site.client(), "leaves.example"), dialTLS(t, w, site.client(), "breaks.example")
	bad, other := dialTLS(t, w, site.client(), "bad.example"), xmpptest.Dial(t, w.AddrOf(1), "other.example", secret)
	w.Upgrade()
	ends.End()
	leaves.Send(sized(t, "leaves.example", "other.example", 500))
	leaves.HalfClose()
	other.Expect(sized(t, "leaves.example", "other.example", 500))
	leaves.Expect(xmpptest.Trailer)
	leaves.ExpectClosed()
	breaks.Reset()
	bad.Send("<!-- -->")
	bad.ExpectStreamError("restricted-xml")
	for _, name := range []string{"ends.example", "leaves.example", "breaks.example", "bad.example"} {
		other.Send(fmt.Sprintf("<iq type='get' from='other.example' to='%s' id='1'><q xmlns='x'/></iq>", name))
		other.ExpectMatch(`<iq[^>]*type='error'[^>]*>.*?</iq>`)
		free := xmpptest.DialWhenFree(t, w.AddrOf(1), name, secret)
		free.End()
	}
	w.WaitLog(`"msg":"weir has ended"`)
	other.End()
}

// TestUpgradeTLSUnderLoad is TestUpgradeUnderLoad for components on TLS: twice, so that there is a tunnel of a tunnel's end.
func TestUpgradeTLSUnderLoad(t *testing.T) {
	site := newTLSSite(t)
	for _, driver := range []string{"epoll", "io_uring"} {
		t.Run(driver, func(t *testing.T) {
			w := xmpptest.StartWeir(t, fmt.Sprintf("[engine]\ndriver = %q\ndrain_window = \"80s\"\n", driver)+listener+site.config(withSecret, verifyNone))
			dial := func(name string) net.Conn {
				if name[0] == 'b' {
					return dialPlain(t, w.Addr())(name)
				}
				conn, err := tls.Dial("tcp", w.AddrOf(1), site.client())
				if err == nil {
					t.Cleanup(func() { conn.Close() })
					err = logIn(conn, name)
				}
				if err != nil {
					t.Fatal(err)
				}
				return conn
			}
			l := startTalk(t, w.Addr(), 6, dial)
			for range 2 {
				l.goesOn()
				t.Logf("streams stood still for %v", w.Upgrade().Pause)
			}
			l.goesOn()
			l.end()
			leaveAtOnce(t, w)
		})
	}
}

// leaveAtOnce ends a weir whose drain window is longer than a test.
func leaveAtOnce(t *testing.T, w *xmpptest.Weir) {
	t.Helper()
	w.Signal(syscall.SIGTERM)
	w.WaitLog("the same signal again ends at once")
	if err := syscall.Kill(w.PID(), syscall.SIGTERM); err != nil && !errors.Is(err, syscall.ESRCH) {
		t.Error(err)
	}
}

// halting is a connection whose first write stops in its middle until it is let go on.
type halting struct {
	net.Conn
	stopped, goOn chan struct{}
	once          sync.Once
}

func (h *halting) Write(b []byte) (n int, err error) {
	h.once.Do(func() {
		n, err = h.Conn.Write(b[:len(b)/2])
		b = b[n:]
		close(h.stopped)
		<-h.goOn
	})
	if err != nil {
		return n, err
	}
	more, err := h.Conn.Write(b)
	return n + more, err
}

// TestUpgradeInTLSHandshake: who was negotiating TLS when the streams went follows them.
func TestUpgradeInTLSHandshake(t *testing.T) {
	site := newTLSSite(t)
	w := xmpptest.StartWeir(t, "[engine]\ndrain_window = \"3s\"\n"+site.config(withSecret, verifyNone)+listener)
	raw, err := net.Dial("tcp", w.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	h := &halting{Conn: raw, stopped: make(chan struct{}), goOn: make(chan struct{})}
	coded := tls.Client(h, site.client())
	done := make(chan error, 1)
	go func() { done <- logIn(coded, "late.example") }()
	<-h.stopped
	plain := xmpptest.Dial(t, w.AddrOf(1), "plain.example", secret)
	plain.Sync() // so much later it has been accepted
	w.Upgrade()
	close(h.goOn)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	m := sized(t, "late.example", "plain.example", 2000)
	if _, err := io.WriteString(coded, m); err != nil {
		t.Fatal(err)
	}
	plain.Expect(m)
	rest, err := io.ReadAll(coded)
	if err != nil || !strings.Contains(string(rest), "system-shutdown") {
		t.Errorf("the stream ends with %q (%v)", rest, err)
	}
	plain.End()
}

// TestUpgradeWhileSomebodyLeaves: what was on its way to a component that is just leaving, and does not take it any more, is
// answered by the new process; both together can say of each stanza what became of it.
func TestUpgradeWhileSomebodyLeaves(t *testing.T) {
	t.Parallel()
	a := administer(t, "[engine]\nqueue_high_bytes = 8000000\nqueue_hard_bytes = 16000000\nstall_timeout = \"1m\"\n"+listener)
	from, to := dial(t, a.Weir, "from.example"), dial(t, a.Weir, "to.example")
	to.ReadSlowly()
	const count = 6000
	answers := from.Collect()
	from.Send(strings.Repeat("<message from='from.example' to='to.example' id='1'><body>"+filler[:600]+"</body></message>", count))
	waitFor(t, "all to be read", func() bool { return books(a)["received"] == count })
	to.Send(xmpptest.Trailer)
	a.WaitLog(`"component left","component":"to.example"`)
	a.Upgrade()
	if b := books(a); b["answered"] != 0 || b["delivered"] == count {
		t.Errorf("too early: %v", b)
	}
	to.Reset()
	waitFor(t, "the books to add up", func() bool {
		b := books(a)
		return b["answered"] > 0 && b["received"] == count && count == b["delivered"]+b["answered"]+b["dropped"]
	})
	b := books(a)
	from.Send(xmpptest.Trailer)
	back, _ := answers()
	if n := strings.Count(back, "type='error'"); n != b["answered"] {
		t.Errorf("%d answers came, weir's books: %v", n, b)
	}
}
