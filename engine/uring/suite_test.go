// SPDX-License-Identifier: Apache-2.0

package uring

import (
	"testing"

	"weir/engine/driver"
	"weir/engine/drivertest"
)

// Every kind of ring does what the interface says.
func TestSuite(t *testing.T) {
	for name, p := range kinds() {
		t.Run(name, func(t *testing.T) { drivertest.Run(t, opener(t, p)) })
	}
}

// And it does so under a wrapper that makes the worst of what is left open.
func TestSuiteUnkind(t *testing.T) {
	drivertest.Run(t, drivertest.UnkindAll(opener(t, plans()[0])))
}

// opener opens drivers of one kind, or skips the test where there is none.
func opener(t *testing.T, p plan) drivertest.Open {
	t.Helper()
	d, err := open(p)
	if err != nil {
		t.Skip("this kind of ring cannot be made here: ", err)
	}
	d.close()
	return func(n int) ([]driver.Driver, error) { return openAll(n, p) }
}
