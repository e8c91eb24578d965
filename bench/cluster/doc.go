// SPDX-License-Identifier: Apache-2.0

// Command cluster measures what a cluster costs, three nodes on this machine:
//
//	go run ./bench/cluster [-only link,names,local,across] [-seconds 5] [-rounds 3] [-results DIR]
//
// link is the way between nodes alone: three processes, each with the NATS server and the link that a node has, and no
// streams. names is what each node's process takes to know 100,000 names. local and across are whole weirs under the load
// tool: traffic within a node, beside a weir that is none, and traffic from one node to another.
//
//	main.go      flags, and the order of things
//	link.go      the scenarios of the way between nodes
//	names.go     100,000 names: registry, directory and table on each node
//	weirs.go     whole weirs, in paired rounds
//	node.go      a process of link and names: server, link, registry, and what it is told to do
//	sender.go    loads and paces
//	receiver.go  counts, and times between processes
//	child.go     such a process as the parent sees it
//	memory.go    what a process takes
//	result.go    figures, as tables and as JSON
//
// It does not contain: scenarios of the load tool (bench), servers and their configuration (bench/peers).
package main
