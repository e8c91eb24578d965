// SPDX-License-Identifier: Apache-2.0

package table

// Settle returns when the change under way, if there is one, is done: who found
// an instance that has just been sealed finds its successors afterwards. It must
// not be called from a callback of [Request] or Leave.
func (t *Table) Settle() {
	t.mu.Lock()
	defer t.mu.Unlock()
}
