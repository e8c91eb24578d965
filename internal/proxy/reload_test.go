// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"weir/internal/config"
)

// patience is how long anything may take on a busy machine.
const patience = 20 * time.Second

func parsed(t *testing.T, text string) *config.Config {
	t.Helper()
	c, errs := config.Parse("test.toml", []byte(text))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return c
}

// block is a listener on an address, with more keys.
func block(addr netip.AddrPort, more ...string) string {
	return fmt.Sprintf("[[listen.component]]\nip_address = %q\nport = %d\npassword = 'secret'\n%s\n",
		addr.Addr(), addr.Port(), strings.Join(more, "\n"))
}

var anyPort = netip.MustParseAddrPort("127.0.0.1:0")

// freeAddr is an address that was free a moment ago: reload knows doors by their
// address, and port 0 would be another one each time.
func freeAddr(t *testing.T) netip.AddrPort {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).AddrPort()
}

// running is a proxy that serves until the test ends.
func running(t *testing.T, text string) (p *Proxy, stop func() error) {
	t.Helper()
	p, err := New(parsed(t, text), slog.New(slog.NewTextHandler(io.Discard, nil)), "test")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	stopped := false
	stop = func() error {
		if stopped {
			return nil
		}
		stopped = true
		cancel()
		return <-ended
	}
	t.Cleanup(func() {
		p.Abort()
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	return p, stop
}

func dial(t *testing.T, addr netip.AddrPort) net.Conn {
	t.Helper()
	c, err := net.DialTimeout("tcp", addr.String(), patience)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(patience))
	return c
}

// isServed says whether somebody at addr answers a stream header.
func isServed(t *testing.T, c net.Conn) bool {
	t.Helper()
	fmt.Fprint(c, "<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' to='a.example'>")
	b := make([]byte, 512)
	n, _ := c.Read(b)
	return strings.Contains(string(b[:n]), "from='a.example'")
}

func TestReloadOpensAndClosesDoors(t *testing.T) {
	first, second := freeAddr(t), freeAddr(t)
	p, _ := running(t, block(first))
	there := dial(t, first)
	if err := p.Reload(parsed(t, block(second))); err != nil {
		t.Fatal(err)
	}
	if got := p.Addrs(); len(got) != 1 || got[0] != second {
		t.Errorf("listens on %v, want %v", got, second)
	}
	if !isServed(t, dial(t, second)) {
		t.Error("the new door is shut")
	}
	if c, err := net.DialTimeout("tcp", first.String(), patience); err == nil {
		_ = c.Close()
		t.Error("the old door is open")
	}
	if !isServed(t, there) {
		t.Error("who had come in by the old door is not served any more")
	}
}

// One address that cannot be had, and nothing changes: not even what could have
// been opened before it stays open.
func TestReloadThatFailsChangesNothing(t *testing.T) {
	first, second := freeAddr(t), freeAddr(t)
	p, _ := running(t, block(first))
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	err = p.Reload(parsed(t, block(second)+block(taken.Addr().(*net.TCPAddr).AddrPort())))
	if err == nil || !strings.Contains(err.Error(), taken.Addr().String()) {
		t.Errorf("error %v, want one that names %v", err, taken.Addr())
	}
	if got := p.Addrs(); len(got) != 1 || got[0] != first {
		t.Errorf("listens on %v, want %v still", got, first)
	}
	if c, err := net.DialTimeout("tcp", second.String(), patience); err == nil {
		_ = c.Close()
		t.Error("a door of the configuration that was refused is open")
	}
	if !isServed(t, dial(t, first)) {
		t.Error("the old door is shut")
	}
}

// A limit that is lifted lets those in who wait.
func TestReloadLiftsALimit(t *testing.T) {
	addr := freeAddr(t)
	p, _ := running(t, block(addr, "max_connections = 1"))
	if !isServed(t, dial(t, addr)) {
		t.Fatal("the first is not served")
	}
	waiting := dial(t, addr)
	if err := p.Reload(parsed(t, block(addr, "max_connections = 2"))); err != nil {
		t.Fatal(err)
	}
	if !isServed(t, waiting) {
		t.Error("the second is not served")
	}
}

// Leaving does not wait for somebody who has not begun a stream for longer than
// it takes to end one, and says goodbye in the right words.
func TestDrainSaysGoodbye(t *testing.T) {
	p, stop := running(t, block(anyPort))
	c := dial(t, p.Addrs()[0])
	if !isServed(t, c) {
		t.Fatal("not served")
	}
	heard := make(chan string, 1)
	go func() {
		b, _ := io.ReadAll(c)
		_ = c.Close()
		heard <- string(b)
	}()
	if err := stop(); err != nil {
		t.Error(err)
	}
	if got := <-heard; !strings.Contains(got, "<system-shutdown ") || !strings.HasSuffix(got, "</stream:stream>") {
		t.Errorf("heard %q", got)
	}
}

// An address that cannot be had at the start is told, and nothing is left behind.
func TestStartThatFails(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	free := freeAddr(t)
	text := block(free) + block(taken.Addr().(*net.TCPAddr).AddrPort())
	p, err := New(parsed(t, text), slog.New(slog.NewTextHandler(io.Discard, nil)), "test")
	if err == nil {
		p.Abort()
		t.Fatal("it starts all the same")
	}
	again, err := net.Listen("tcp", free.String())
	if err != nil {
		t.Fatalf("the address before it is still taken: %v", err)
	}
	_ = again.Close()
}
