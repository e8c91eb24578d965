// SPDX-License-Identifier: Apache-2.0

package router

import "bytes"

// domains maps domains to small numbers. Built once, then immutable.
type domains struct {
	at map[string]int
	// lengths has the bit of each domain's length modulo 64: most domains that are not in the map are told so without
	// hashing them (BenchmarkDomains).
	lengths uint64
}

func (d *domains) add(domain string, n int) {
	if d.at == nil {
		d.at = map[string]int{}
	}
	d.at[domain] = n
	d.lengths |= 1 << (len(domain) & 63)
}

// find gives the number of exactly this domain.
func (d *domains) find(domain []byte) (n int, ok bool) {
	if d.lengths>>(len(domain)&63)&1 == 0 {
		return 0, false
	}
	n, ok = d.at[string(domain)]
	return n, ok
}

// above gives the number of this domain or, if it is not there, of the closest one that it lies under: whole labels
// are taken away from the left, so that "xexample.org" does not lie under "example.org".
func (d *domains) above(domain []byte) (n int, ok bool) {
	for d.lengths != 0 {
		if n, ok = d.find(domain); ok {
			return n, true
		}
		dot := bytes.IndexByte(domain, '.')
		if dot < 0 {
			break
		}
		domain = domain[dot+1:]
	}
	return 0, false
}
