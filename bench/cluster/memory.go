// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"os"
	"runtime"
	"strconv"
)

// memory is what a process takes, in bytes.
type memory struct {
	Resident int64 `json:"resident"` // as it is: Go keeps some for later
	Live     int64 `json:"live"`     // in use on the heap after a collection
}

func takeMemory() (m memory, err error) {
	if m.Resident, err = resident(); err != nil {
		return m, err
	}
	runtime.GC()
	runtime.GC() // what the first one's finalizers have let go
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	m.Live = int64(s.HeapAlloc)
	return m, nil
}

// resident is this process's resident memory.
func resident() (int64, error) {
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, err
	}
	pages, err := strconv.ParseInt(string(bytes.Fields(b)[1]), 10, 64)
	return pages * int64(os.Getpagesize()), err
}
