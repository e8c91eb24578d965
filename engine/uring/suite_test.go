// SPDX-License-Identifier: Apache-2.0

package uring

import (
	"testing"

	"weir/engine/driver"
	"weir/engine/drivertest"
)

// Every kind of ring does what the interface says, alone and under a wrapper
// that makes the worst of what it leaves open.
func TestSuite(t *testing.T) {
	for name, p := range kinds() {
		opener := func(n int) ([]driver.Driver, error) { return openAll(n, p) }
		t.Run(name, func(t *testing.T) {
			d, err := open(p)
			if err != nil {
				t.Skip("this kind of ring cannot be made here: ", err)
			}
			d.close()
			drivertest.Run(t, opener)
		})
	}
}
