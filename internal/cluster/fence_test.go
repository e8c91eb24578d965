// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"errors"
	"testing"

	"weir/internal/cluster/link"
)

// wire records what is published.
type wire struct {
	link.Bus
	channels []uint8
}

func (w *wire) Publish(_ link.NodeID, channel uint8, _ []byte) error {
	w.channels = append(w.channels, channel)
	return nil
}

// Without a lease no frame of stanzas goes out; acknowledgements do.
func TestFencedBus(t *testing.T) {
	w, valid := &wire{}, true
	f := &fenced{Bus: w, valid: func() bool { return valid }}
	if err := f.Publish("bbbbbbbbbb", 0, nil); err != nil {
		t.Error(err)
	}
	valid = false
	if err := f.Publish("bbbbbbbbbb", 1, nil); !errors.Is(err, link.ErrRefused) {
		t.Errorf("without a lease: %v", err)
	}
	if err := f.Publish("bbbbbbbbbb", link.Control, nil); err != nil {
		t.Errorf("control: %v", err)
	}
	if len(w.channels) != 2 || w.channels[1] != link.Control {
		t.Errorf("sent on channels %v", w.channels)
	}
}
