// SPDX-License-Identifier: Apache-2.0

package clustertest

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"weir/internal/cluster/registry"
)

// World is one store, and ways to it.
type World struct {
	// Open makes another way to the store, as another node would.
	Open func(t *testing.T) registry.Store
	// Forget has the store lose all it has; nil: it cannot.
	Forget func(t *testing.T)
	// Rounds is how often the races are run.
	Rounds int
	// Now is the nodes' clock; nil: the kernel's.
	Now func() time.Duration
}

// patience bounds each wait: a store that needs longer is broken.
const patience = 30 * time.Second

// Store is the suite of a store.
func Store(t *testing.T, open func(t *testing.T) *World) {
	for _, c := range storeCases {
		t.Run(c.name, func(t *testing.T) { c.run(t, open(t)) })
	}
}

// Registry is the suite of registries over a store.
func Registry(t *testing.T, open func(t *testing.T) *World) {
	for _, c := range registryCases {
		t.Run(c.name, func(t *testing.T) { c.run(t, open(t)) })
	}
}

// StoreInBubble and RegistryInBubble are the same in fake time, for a store that
// waits for nothing else.
func StoreInBubble(t *testing.T, open func(t *testing.T) *World) { inBubbles(t, storeCases, open) }
func RegistryInBubble(t *testing.T, open func(t *testing.T) *World) {
	inBubbles(t, registryCases, open)
}

func inBubbles(t *testing.T, cases []testCase, open func(t *testing.T) *World) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, began := open(t), time.Now()
				w.Now = func() time.Duration { return time.Since(began) }
				c.run(t, w)
			})
		})
	}
}

type testCase struct {
	name string
	run  func(t *testing.T, w *World)
}

func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// await waits for a condition that must come.
func await(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !is(); {
		if time.Now().After(end) {
			t.Fatalf("waited in vain: %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}
