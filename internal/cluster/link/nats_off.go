// SPDX-License-Identifier: Apache-2.0

//go:build nocluster

package link

// DialNATS says that this binary has no NATS in it.
func DialNATS(Dial) (Bus, error) { return nil, ErrNotBuilt }
