// SPDX-License-Identifier: Apache-2.0

package epoll

import (
	"testing"

	"weir/engine/drivertest"
)

func TestDriver(t *testing.T) { drivertest.Run(t, New) }

func TestUnkindDriver(t *testing.T) { drivertest.Run(t, drivertest.UnkindAll(New)) }
