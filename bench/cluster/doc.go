// SPDX-License-Identifier: Apache-2.0

// Command cluster measures what goes between the nodes of a cluster: three processes on this machine, each with the NATS
// server and the link that a node has, and no streams. So it is the cost of the way, and a floor for machines of their own.
//
//	go run ./bench/cluster [-seconds 5] [-rounds 3] [-json FILE] [-markdown FILE]
//
//	main.go      flags; the parent and its rounds
//	node.go      a node: server, link, and what it is told to do
//	sender.go    loads and paces
//	receiver.go  counts, and times between processes
//	child.go     a node's process as the parent sees it
//	result.go    figures, as a table and as JSON
//
// It does not contain: components, XML, the table of names. What a whole node adds is measured with whole nodes.
package main
