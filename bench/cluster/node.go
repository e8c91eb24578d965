// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"weir/internal/cluster/link"
	"weir/internal/cluster/natsd"
)

// order is what the parent tells a node, one line of JSON.
type order struct {
	Do      string        `json:"do"` // "load", "pace", "count"; "join", "claim", "know", "memory"
	To      []int         `json:"to,omitempty"`
	For     time.Duration `json:"for,omitempty"`
	Bytes   int           `json:"bytes,omitempty"`
	PerTick int           `json:"per_tick,omitempty"` // load: stanzas between two flushes
	Rate    int           `json:"rate,omitempty"`     // pace: stanzas a second
	Names   int           `json:"names,omitempty"`    // claim, know
}

// answer is what a node says to it.
type answer struct {
	Sent     int           `json:"sent"`
	Received int           `json:"received"`
	Span     time.Duration `json:"span"` // from the first to the last that was received
	P50      time.Duration `json:"p50"`
	P99      time.Duration `json:"p99"`
	Most     time.Duration `json:"most"`
	CPU      time.Duration `json:"cpu"` // of the process, since the last count
	Frames   uint64        `json:"frames"`
	Lost     uint64        `json:"lost"`
	Slow     int64         `json:"slow_consumers"`
	memory
	Error string `json:"error,omitempty"` // the order was not carried out
}

// node is one process.
type node struct {
	n        int
	server   *natsd.Server
	l        *link.Link
	peers    []link.Peer
	received *receiver
	cpu      time.Duration
	stats    link.Stats
	table    *names // nil until it has joined
}

func peer(n int) link.Peer {
	return link.Peer{Node: link.NodeID("benchnode" + string(rune('a'+n))), Incarnation: uint64(n + 1)}
}

// runNode is the life of a node: it ends with its input.
func runNode(n int, addresses []string) error {
	nd := &node{n: n, received: newReceiver()}
	for i := range addresses {
		nd.peers = append(nd.peers, peer(i))
	}
	if err := nd.start(addresses); err != nil {
		return err
	}
	defer nd.server.Close()
	defer nd.l.Close()
	return nd.obey(os.Stdin, os.Stdout)
}

func (nd *node) start(addresses []string) (err error) {
	nd.server, err = natsd.Start(natsd.Options{
		Name: string(nd.peers[nd.n].Node), Cluster: "bench", Listen: addresses[nd.n], Peers: addresses,
	})
	if err != nil {
		return err
	}
	bus, err := link.DialNATS(link.Dial{Self: nd.peers[nd.n].Node, InProcess: nd.server})
	if err != nil {
		return err
	}
	nd.l, err = link.New(link.Options{
		Self: nd.peers[nd.n], Bus: bus,
		Deliver: nd.received.deliver,
		Lost:    func(link.Peer, *link.Unacked) {},
	})
	return err
}

// ready waits until every other node answers.
func (nd *node) ready() error {
	for end := time.Now().Add(startTimeout); ; time.Sleep(20 * time.Millisecond) {
		alive := 0
		for i, p := range nd.peers {
			if i == nd.n || nd.alive(p) {
				alive++
			}
		}
		if alive == len(nd.peers) {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("node %d does not reach the others", nd.n)
		}
	}
}

func (nd *node) obey(orders io.Reader, to io.Writer) error {
	answers := json.NewEncoder(to)
	if err := nd.ready(); err != nil {
		return err
	}
	if err := answers.Encode(answer{}); err != nil {
		return err
	}
	lines := bufio.NewScanner(orders)
	for lines.Scan() {
		var o order
		if err := json.NewDecoder(strings.NewReader(lines.Text())).Decode(&o); err != nil {
			return err
		}
		a, err := nd.do(&o)
		if err != nil {
			a.Error = err.Error()
		}
		if err := answers.Encode(a); err != nil {
			return err
		}
	}
	return lines.Err()
}

func (nd *node) do(o *order) (a answer, err error) {
	switch o.Do {
	case "join":
		err = nd.join()
	case "claim":
		err = nd.claim(o.Names)
	case "know":
		err = nd.know(o.Names)
	case "memory":
		a.memory, err = takeMemory()
	case "load":
		a.Sent = nd.load(o)
	case "pace":
		a.Sent = nd.pace(o)
	case "count":
		a = nd.received.take()
		cpu, stats := processCPU(), nd.l.Stats()
		a.CPU, nd.cpu = cpu-nd.cpu, cpu
		a.Frames = stats.FramesSent - nd.stats.FramesSent
		a.Lost = stats.NotDelivered + stats.Unknown - nd.stats.NotDelivered - nd.stats.Unknown
		a.Slow = stats.SlowConsumers + nd.server.Stats().SlowConsumers
		nd.stats = stats
	}
	return a, err
}

// processCPU is the processor time of this process.
func processCPU() time.Duration {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
