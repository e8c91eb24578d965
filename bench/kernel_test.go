// SPDX-License-Identifier: Apache-2.0

package bench

import "testing"

// The counters are there under the names that the kernel gives them: a machine
// that has sent anything since it started has sent segments.
func TestKernelTables(t *testing.T) {
	tcp := procTable("/proc/net/snmp", "Tcp:")
	if tcp["OutSegs"] == 0 {
		t.Errorf("no segments sent: %v", tcp)
	}
	for _, name := range []string{"TCPTimeouts", "TCPRcvQDrop", "TCPBacklogDrop"} {
		if _, ok := procTable("/proc/net/netstat", "TcpExt:")[name]; !ok {
			t.Errorf("no counter %s", name)
		}
	}
	if len(procTable("/proc/net/nothing", "Tcp:")) != 0 {
		t.Error("a table that is not there has numbers")
	}
}
