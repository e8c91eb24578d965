// SPDX-License-Identifier: Apache-2.0

package drivertest

import (
	"testing"
	"time"
)

func stops(t *testing.T, open Open) {
	for _, c := range []struct {
		name string
		stop func(*rig)
	}{
		{"from elsewhere", func(r *rig) { r.settle(); r.d.Stop() }},
		{"within a batch", func(r *rig) { r.do(func() { r.d.Stop() }) }},
		{"twice", func(r *rig) { r.settle(); r.d.Stop(); r.d.Stop() }},
		{"at once", func(r *rig) { r.d.Stop() }},
	} {
		t.Run(c.name, func(t *testing.T) {
			drivers, err := open(2)
			if err != nil {
				t.Fatal(err)
			}
			var rigs []*rig
			for _, d := range drivers {
				r := makeRig(t, d)
				go func() { r.ended <- r.d.Run(r) }()
				rigs = append(rigs, r)
			}
			for _, r := range rigs {
				c.stop(r)
			}
			for _, r := range rigs {
				select {
				case err := <-r.ended:
					if err != nil {
						t.Errorf("Run returned %v", err)
					}
				case <-time.After(patience):
					t.Fatal("Run does not return after Stop")
				}
				// The descriptor that a wake was written to may be anybody's now.
				r.d.Wake()
				r.d.Stop()
			}
		})
	}
}
