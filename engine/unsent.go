// SPDX-License-Identifier: Apache-2.0

package engine

// Unsent is what a connection leaves behind: the units that were not wholly
// written, in order.
type Unsent struct{ head *chunk }

// Each calls f with every unit that came from somebody else, and the ID of the
// connection it came from. b is valid within the call only.
func (u *Unsent) Each(f func(b []byte, src uint32)) {
	for k := u.head; k != nil; k = k.next {
		start := k.start()
		for _, it := range k.u[k.done:] {
			if it.src != 0 {
				f(k.b[start:it.end], it.src)
			}
			start = it.end
		}
	}
}

// own is how many units are our own words.
func (u *Unsent) own() (n int) {
	for k := u.head; k != nil; k = k.next {
		for _, it := range k.u[k.done:] {
			if it.src == 0 {
				n++
			}
		}
	}
	return n
}

func (u *Unsent) free() {
	for k := u.head; k != nil; {
		next := k.next
		k.free()
		k = next
	}
	u.head = nil
}
