// SPDX-License-Identifier: Apache-2.0

package registry

// Releases is how many names wait to be given up in the store.
func (r *Registry) Releases() int {
	r.releases.mu.Lock()
	defer r.releases.mu.Unlock()
	return len(r.releases.list)
}

// AssertWriters is how many claims are written anew at a time.
const AssertWriters = assertWriters

// ReleaseWriters and SweepWriters are how many names are given back, or swept, at a time.
const (
	ReleaseWriters = releaseWriters
	SweepWriters   = sweepWriters
)
