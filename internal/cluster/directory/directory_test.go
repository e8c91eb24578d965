// SPDX-License-Identifier: Apache-2.0

package directory_test

import (
	"fmt"
	"testing"
	"time"

	"weir/internal/cluster/directory"
)

// Who goes through the names may ask the directory, and others may change it meanwhile: going through it locks nothing.
// It once did, and a change that came between two questions stopped all three for ever.
func TestGoingThroughTheNamesLocksNothing(t *testing.T) {
	other := directory.Peer{Node: "bbbbbbbbbb", Incarnation: 1}
	for what, through := range map[string]func(*directory.Directory, func(*directory.Name)){
		"All": (*directory.Directory).All,
		"Each": func(d *directory.Directory, f func(*directory.Name)) {
			d.Each(func(n *directory.Name) bool { f(n); return true })
		},
	} {
		t.Run(what, func(t *testing.T) {
			d := directory.New(directory.Peer{Node: "aaaaaaaaaa", Incarnation: 1})
			d.SetNode(other)
			const names = 100
			for i := range names {
				d.Update(fmt.Sprintf("bot%d.example", i), []directory.Holder{{Peer: other, ID: uint64(i + 1), Epoch: 1}})
			}
			done, met := make(chan struct{}), 0
			go func() {
				defer close(done)
				through(d, func(n *directory.Name) {
					if len(d.Holders(n.Text)) != 1 || len(n.Holders()) != 1 {
						t.Errorf("%s: %v", n.Text, d.Holders(n.Text))
					}
					d.Update(n.Text, nil)
					met++
				})
			}()
			select {
			case <-done:
			case <-time.After(30 * time.Second):
				t.Fatal("it stands still")
			}
			if met != names || d.Len() != 0 {
				t.Errorf("%d names met, %d left", met, d.Len())
			}
		})
	}
}
