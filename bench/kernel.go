// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"bufio"
	"os"
	"strconv"
	"strings"
)

// Kernel counts what the machine's network stack lost and sent again, of all
// programs. Loopback does lose packets when a core is too busy to take them, and
// TCP notices after 200 ms at the earliest: stalls of that length in a result
// are the kernel's, not the server's.
type Kernel struct {
	Resent   int64 `json:"resent"`   // segments
	Timeouts int64 `json:"timeouts"` // after which they were
	Dropped  int64 `json:"dropped"`  // packets that a core's queue or a socket did not take
}

// kernelNow reads the counters. What cannot be read counts as zero.
func kernelNow() Kernel {
	ext := procTable("/proc/net/netstat", "TcpExt:")
	return Kernel{
		Resent:   procTable("/proc/net/snmp", "Tcp:")["RetransSegs"],
		Timeouts: ext["TCPTimeouts"],
		Dropped:  ext["TCPRcvQDrop"] + ext["TCPBacklogDrop"] + softnetDrops(),
	}
}

func (k Kernel) since(b Kernel) Kernel {
	return Kernel{k.Resent - b.Resent, k.Timeouts - b.Timeouts, k.Dropped - b.Dropped}
}

// procTable reads a table of two lines, names and numbers, that begin with head.
func procTable(path, head string) map[string]int64 {
	out := map[string]int64{}
	f, err := os.Open(path)
	if err != nil {
		return out
	}
	defer f.Close()
	var names []string
	for s := bufio.NewScanner(f); s.Scan(); {
		fields := strings.Fields(s.Text())
		if len(fields) == 0 || fields[0] != head {
			continue
		}
		if names == nil {
			names = fields
			continue
		}
		for i := 1; i < min(len(names), len(fields)); i++ {
			out[names[i]], _ = strconv.ParseInt(fields[i], 10, 64)
		}
	}
	return out
}

// softnetDrops adds up what the cores' queues of incoming packets did not take:
// the second column of softnet_stat, hexadecimal.
func softnetDrops() (sum int64) {
	b, err := os.ReadFile("/proc/net/softnet_stat")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) > 1 {
			n, _ := strconv.ParseInt(f[1], 16, 64)
			sum += n
		}
	}
	return sum
}
