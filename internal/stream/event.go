// SPDX-License-Identifier: Apache-2.0

package stream

// Event is what a machine's Next found.
type Event uint8

const (
	NeedMore      Event = iota // all that was fed has been read, or waits for Establish
	Opened                     // the peer's header is accepted
	Dropped                    // an element that does not belong here, thrown away: a stanza before the handshake is done
	Authenticated              // Acceptor: the proof is right; the owner calls Establish or Fail
	Ready                      // Initiator: the server took the proof; stanzas may follow
	StanzaReady                // an established stream's stanza: Stanza is valid until the next call
	PeerError                  // the peer's stream error: Verdict says which; our end tag is written
	Closed                     // the peer's end tag; ours is written
	Failed                     // we ended the stream: Verdict says why; the stream error is written
	Ended                      // nothing more will come
)

var eventNames = [...]string{
	"NeedMore", "Opened", "Dropped", "Authenticated", "Ready",
	"StanzaReady", "PeerError", "Closed", "Failed", "Ended",
}

// String returns the constant's name.
func (e Event) String() string { return eventNames[e] }

// State is where a stream stands.
type State uint8

const (
	WaitHeader    State = iota // nothing has come from the peer, or not enough
	WaitHandshake              // both headers are exchanged
	WaitRegister               // Acceptor: between Authenticated and Establish or Fail; nothing is read
	Established                // stanzas
	Final                      // our end tag is written; what still comes is thrown away
)

var stateNames = [...]string{"WaitHeader", "WaitHandshake", "WaitRegister", "Established", "Final"}

// String returns the constant's name.
func (s State) String() string { return stateNames[s] }
