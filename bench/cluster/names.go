// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"weir/bench"
	"weir/internal/cluster/directory"
	"weir/internal/cluster/registry"
	"weir/internal/cluster/registry/natskv"
	"weir/table"
)

const (
	manyNames    = 100_000 // in all; each node has its share of them
	namesMB      = 100     // that they may take of each process's heap
	claimers     = 32      // components that ask for a name at once, on each node
	namesTimeout = 2 * time.Minute
	claimTimeout = 15 * time.Second
)

// measureNames has three nodes claim names, and takes what each process has grown by when all know of all.
func measureNames(ctx context.Context, r *result) error {
	live := &bench.Goal{What: "in use on the heap for 100,000 names, the node that grew most", Unit: "MB", Wanted: namesMB}
	var resident, seconds []float64
	for range r.Rounds {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		grew, took, err := namesOnce(ctx)
		if err != nil {
			return err
		}
		seconds = append(seconds, took.Seconds())
		most := memory{}
		for _, m := range grew {
			most.Resident, most.Live = max(most.Resident, m.Resident), max(most.Live, m.Live)
		}
		resident = append(resident, float64(most.Resident)/1e6)
		live.Rounds = append(live.Rounds, float64(most.Live)/1e6)
	}
	live.Detail = fmt.Sprintf("resident, with what Go keeps for later: %.0f MB; all are claimed, and known to all, after %.1f s", bench.Median(resident), bench.Median(seconds))
	r.Goals = append(r.Goals, live.Settle())
	return nil
}

func namesOnce(ctx context.Context) (grew []memory, took time.Duration, err error) {
	all, err := nodes(ctx, 3)
	defer stopAll(all)
	if err != nil {
		return nil, 0, err
	}
	if _, err := doAll(all, order{Do: "join"}); err != nil {
		return nil, 0, err
	}
	before, err := doAll(all, order{Do: "memory"})
	if err != nil {
		return nil, 0, err
	}
	began := time.Now()
	if _, err := doAll(all, order{Do: "claim", Names: manyNames / len(all)}); err != nil {
		return nil, 0, err
	}
	if _, err := doAll(all, order{Do: "know", Names: manyNames / len(all) * (len(all) - 1)}); err != nil {
		return nil, 0, err
	}
	took = time.Since(began)
	after, err := doAll(all, order{Do: "memory"})
	if err != nil {
		return nil, 0, err
	}
	for i := range all {
		grew = append(grew, memory{after[i].Resident - before[i].Resident, after[i].Live - before[i].Live})
	}
	return grew, took, nil
}

// names is a node's part in the table.
type names struct {
	*registry.Registry
	dir  *directory.Directory
	conn *nats.Conn
}

// join takes the node's place in the table, with what a node has for it.
func (nd *node) join() (err error) {
	t := &names{}
	if t.conn, err = nats.Connect("", nats.InProcessServer(nd.server)); err != nil {
		return err
	}
	store, err := natskv.New(natskv.Options{Conn: t.conn, Replicas: len(nd.peers)})
	if err != nil {
		return err
	}
	self := directory.Peer{Node: directory.Node(nd.peers[nd.n].Node), Incarnation: nd.peers[nd.n].Incarnation}
	t.dir = directory.New(self)
	t.Registry = registry.New(registry.Options{
		Self: self, Store: store, Directory: t.dir, Log: slog.New(slog.DiscardHandler), Scope: registry.ByCluster,
		TTL: 30 * time.Second, Refresh: 5 * time.Second, Margin: 2 * time.Second,
	})
	nd.table = t
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	return t.Start(ctx)
}

// claim claims so many names, a few at a time.
func (nd *node) claim(n int) error {
	var next atomic.Int64
	var wait sync.WaitGroup
	errs := make([]error, claimers)
	for i := range errs {
		wait.Go(func() {
			for errs[i] == nil {
				k := next.Add(1)
				if k > int64(n) {
					return
				}
				ctx, cancel := context.WithTimeout(context.Background(), claimTimeout)
				_, errs[i] = nd.table.Claim(ctx, registry.Request{
					Name: fmt.Sprintf("component%d.node%d.example", k, nd.n), ID: uint64(nd.n+1)<<32 | uint64(k), Policy: table.Disconnect,
				})
				cancel()
			}
		})
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// know waits until so many names are known that others have.
func (nd *node) know(n int) error {
	for end := time.Now().Add(namesTimeout); nd.table.dir.Len() < n; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			return fmt.Errorf("node %d knows %d names of %d", nd.n, nd.table.dir.Len(), n)
		}
	}
	return nil
}
