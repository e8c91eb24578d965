// SPDX-License-Identifier: Apache-2.0

//go:build !nocluster

package natsd_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"weir/internal/cluster/natsd"
	"weir/internal/cluster/natsd/natsdtest"
	"weir/internal/tlsconf/tlstest"
)

const patience = time.Minute

func connect(t *testing.T, s *natsd.Server) *nats.Conn {
	t.Helper()
	nc, err := nats.Connect("", nats.InProcessServer(s))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

// bucket makes a bucket in memory; servers of a cluster need a moment to have a leader.
func bucket(t *testing.T, nc *nats.Conn, replicas int) jetstream.KeyValue {
	t.Helper()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(patience); ; {
		// Without a leader nobody answers: ask again rather than wait.
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		kv, err := js.CreateKeyValue(ctx, jetstream.KeyValueConfig{
			Bucket: "TABLE", Replicas: replicas, Storage: jetstream.MemoryStorage,
		})
		cancel()
		if err == nil {
			return kv
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
}

func TestAServerAloneKeepsABucketInMemory(t *testing.T) {
	s := natsdtest.One(t)
	kv := bucket(t, connect(t, s), 1)
	if _, err := kv.Create(t.Context(), "a", []byte("1")); err != nil {
		t.Fatal(err)
	}
	if _, err := kv.Create(t.Context(), "a", []byte("2")); !errors.Is(err, jetstream.ErrKeyExists) {
		t.Fatalf("a second create: %v", err)
	}
	if got := s.RouteAddress(); got != "" {
		t.Errorf("a server alone accepts routes at %s", got)
	}
}

func TestNoStreamIsKeptInFiles(t *testing.T) {
	js, err := jetstream.New(connect(t, natsdtest.One(t)))
	if err != nil {
		t.Fatal(err)
	}
	_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "FILES", Storage: jetstream.FileStorage, MaxBytes: 1 << 20})
	if err == nil {
		t.Error("a stream in files was created")
	}
}

// authority makes the TLS of n servers.
func authority(t *testing.T, n int) []*tls.Config {
	t.Helper()
	ca := tlstest.NewCA(t, t.TempDir(), "routes")
	pem, err := os.ReadFile(ca.File)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	configs := make([]*tls.Config, n)
	for i := range configs {
		c := ca.Issue("server"+string(rune('0'+i)), tlstest.Want{DNS: []string{"localhost"}})
		pair, err := tls.LoadX509KeyPair(c.CertFile, c.KeyFile)
		if err != nil {
			t.Fatal(err)
		}
		configs[i] = &tls.Config{Certificates: []tls.Certificate{pair}, RootCAs: pool, ClientCAs: pool}
	}
	return configs
}

// byName puts names for numbers: certificates are for localhost.
func byName(addresses []string) []string {
	names := make([]string, len(addresses))
	for i, a := range addresses {
		names[i] = strings.Replace(a, "127.0.0.1", "localhost", 1)
	}
	return names
}

func TestThreeServersOverMutualTLS(t *testing.T) {
	tlsOf := authority(t, 3)
	servers := natsdtest.Cluster(t, 3, func(i int, o *natsd.Options) {
		o.TLS, o.Peers = tlsOf[i], byName(o.Peers)
	})
	kv := bucket(t, connect(t, servers[0]), 3)
	if _, err := kv.Create(t.Context(), "a", []byte("1")); err != nil {
		t.Fatal(err)
	}
	js, err := jetstream.New(connect(t, servers[2]))
	if err != nil {
		t.Fatal(err)
	}
	there, err := js.KeyValue(t.Context(), "TABLE")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := there.Create(t.Context(), "a", []byte("2")); !errors.Is(err, jetstream.ErrKeyExists) {
		t.Errorf("a create of what another server has: %v", err)
	}
}

func TestARouteOfAnotherAuthorityIsRefused(t *testing.T) {
	ours, theirs := authority(t, 1)[0], authority(t, 1)[0]
	addresses := natsdtest.Ports(t, 1)
	s := natsdtest.Start(t, natsd.Options{Name: "a", Cluster: "test", Listen: addresses[0], Peers: byName(addresses), TLS: ours})
	// A stranger with a certificate of its own, and one with none: neither gets through the handshake.
	for name, c := range map[string]*tls.Config{
		"another authority": {Certificates: theirs.Certificates, RootCAs: ours.RootCAs, ServerName: "localhost"},
		"no certificate":    {RootCAs: ours.RootCAs, ServerName: "localhost"},
	} {
		if err := handshake(t, addresses[0], c); err == nil {
			t.Errorf("%s: the handshake succeeded", name)
		}
	}
	if err := handshake(t, addresses[0], &tls.Config{Certificates: ours.Certificates, RootCAs: ours.RootCAs, ServerName: "localhost"}); err != nil {
		t.Errorf("one of ours: %v", err)
	}
	if n := s.Stats().Routes; n != 0 {
		t.Errorf("%d routes", n)
	}
}

// handshake does what a route does: TLS, then wait for the server's INFO line.
func handshake(t *testing.T, address string, c *tls.Config) error {
	t.Helper()
	raw, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	raw.SetDeadline(time.Now().Add(patience))
	conn := tls.Client(raw, c)
	if err := conn.Handshake(); err != nil {
		return err
	}
	// In TLS 1.3 the client learns only now what the server thinks of its certificate.
	_, err = conn.Read(make([]byte, 1))
	return err
}

func TestNobodyConnectsFromOutside(t *testing.T) {
	servers := natsdtest.Cluster(t, 2, nil)
	nc := connect(t, servers[0])
	if nc.ConnectedUrl() == "" || !nc.IsConnected() {
		t.Fatal("not connected from inside")
	}
	// Routes need a listener for clients to be there; find it as another process on this machine could.
	address, err := clientAddress(nc)
	if err != nil {
		t.Fatal(err)
	}
	outside, err := nats.Connect("nats://"+address, nats.Timeout(patience))
	if err == nil {
		outside.Close()
		t.Fatal("a connection over TCP was let in")
	}
	if !errors.Is(err, nats.ErrAuthorization) {
		t.Errorf("refused with %v", err)
	}
}

// clientAddress is what the server tells its clients of itself.
func clientAddress(nc *nats.Conn) (string, error) {
	for _, u := range nc.DiscoveredServers() {
		return strings.TrimPrefix(u, "nats://"), nil
	}
	for _, u := range nc.Servers() {
		if _, err := net.Dial("tcp", strings.TrimPrefix(u, "nats://")); err == nil {
			return strings.TrimPrefix(u, "nats://"), nil
		}
	}
	return "", errors.New("no address known")
}

// lines keeps what is logged.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func TestAPortThatIsTakenIsNamed(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	var log lines
	_, err = natsd.Start(natsd.Options{
		Name: "a", Cluster: "test", Listen: taken.Addr().String(), Peers: []string{taken.Addr().String()}, StoreDir: t.TempDir(),
		Log: slog.New(slog.NewTextHandler(&log, nil)),
	})
	if err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Fatalf("Start: %v", err)
	}
	if !strings.Contains(log.text.String(), "address already in use") {
		t.Errorf("the log does not say so: %q", log.text.String())
	}
}

func TestTemporaryDirectoryIsRemoved(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	s, err := natsd.Start(natsd.Options{Name: "a"})
	if err != nil {
		t.Fatal(err)
	}
	if made, _ := os.ReadDir(dir); len(made) != 1 {
		t.Errorf("%d directories while it runs", len(made))
	}
	s.Close()
	s.Close() // twice does no harm
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("%d directories left", len(left))
	}
}
