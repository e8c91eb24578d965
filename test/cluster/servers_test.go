// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"fmt"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"weir/internal/cluster/natsd/natsdtest"
	"weir/internal/xmpptest"
)

// natsServer is a NATS server of the test's, which the nodes use.
type natsServer struct {
	s    *server.Server
	host string
	port int
}

func startNATS(t *testing.T, address string) *natsServer {
	t.Helper()
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	n := &natsServer{host: host}
	n.port, _ = strconv.Atoi(text)
	n.start(t)
	t.Cleanup(func() { n.stop() })
	return n
}

// start starts it with nothing in it.
func (n *natsServer) start(t *testing.T) {
	t.Helper()
	s, err := server.NewServer(&server.Options{
		ServerName: "outside", Host: n.host, Port: n.port, NoLog: true, NoSigs: true,
		JetStream: true, StoreDir: t.TempDir(), JetStreamMaxMemory: 64 << 20,
		PingInterval: 2 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	go s.Start()
	if !s.ReadyForConnections(patience) {
		t.Fatal("the NATS server does not start")
	}
	n.s = s
}

func (n *natsServer) stop() {
	n.s.Shutdown()
	n.s.WaitForShutdown()
}

// TestServersGone: all NATS servers are away for longer than a lease, and come back
// with nothing in them. Local traffic goes on, remote traffic is answered at once,
// and everything heals by itself.
func TestServersGone(t *testing.T) {
	address := natsdtest.Ports(t, 1)[0]
	outside := startNATS(t, address)
	config := fmt.Sprintf("[cluster]\nmode = \"nats\"\nservers = [\"nats://%s\"]\n%s", address, fastLease) + listener
	n := []*xmpptest.Weir{xmpptest.StartWeir(t, config), xmpptest.StartWeir(t, config)}
	for _, w := range n {
		w.WaitLog("this node is in the cluster")
	}
	a, b, c := dial(t, n[0], "a.example"), dial(t, n[0], "b.example"), dial(t, n[1], "c.example")
	reach(t, a, c, "a.example", "c.example")
	reach(t, c, a, "c.example", "a.example")

	outside.stop()
	gone := time.Now()
	lease, slowest := 8*time.Second, time.Duration(0)
	for i := 0; time.Since(gone) < lease; i++ {
		local := fmt.Sprintf("<message from='a.example' to='b.example' id='%d'/>", i)
		a.Send(local)
		b.Expect(local)
		asked := time.Now()
		a.Send(fmt.Sprintf("<iq type='get' from='a.example' to='c.example' id='r%d'><q xmlns='urn:q'/></iq>", i))
		expectError(a, fmt.Sprintf("r%d", i))
		slowest = max(slowest, time.Since(asked))
		time.Sleep(100 * time.Millisecond)
	}
	t.Logf("the slowest error for a remote stanza came after %s", slowest)
	if slowest > 5*time.Second {
		t.Errorf("an error for a remote stanza came after %s", slowest)
	}

	outside.start(t)
	reach(t, a, c, "a.example", "c.example")
	reach(t, c, b, "c.example", "b.example")
	d := dial(t, n[1], "d.example")
	reach(t, a, d, "a.example", "d.example")
}
