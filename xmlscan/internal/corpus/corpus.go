// SPDX-License-Identifier: Apache-2.0

package corpus

// Header is the stream header the sets are made for.
const Header = "<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' to='chat.example'>"

// Trailer ends the stream.
const Trailer = "</stream:stream>"

// Sets names the sets, in the order tables show them.
var Sets = []string{"mix", "small", "large", "deep", "disco", "intl"}

// kind is one shape of stanza and its weight in a set, in tenths of a percent.
type kind struct {
	weight int
	make   func(*rng) string
}

var sets = map[string][]kind{
	"mix": {
		{280, chat}, {100, receipt}, {150, presence}, {110, roomMessage}, {80, roomPresence}, {60, ping},
		{50, result}, {45, disco}, {40, pubsub}, {45, omemo}, {10, jingle}, {10, fileOffer}, {18, prefixed}, {2, card},
	},
	"small": {{1000, small}},
	"large": {{1000, avatar}},
	"deep":  {{1000, deep}},
	"disco": {{1000, discoLarge}},
	"intl":  {{1000, intl}},
}

// Make returns the stanzas of a set, back to back: whole ones, in all at least size bytes.
func Make(set string, size int) []byte {
	var b []byte
	for _, st := range Stanzas(set, size) {
		b = append(b, st...)
	}
	return b
}

// Stanzas returns the stanzas of a set one by one, in all at least size bytes. The weights are kept exactly over
// each thousand stanzas, so that a rare large one does not make a figure a matter of luck.
func Stanzas(set string, size int) []string {
	kinds := sets[set]
	r := rng(0)
	for _, c := range set {
		r = r*31 + rng(c)
	}
	var out []string
	var deck []func(*rng) string
	for n := 0; n < size; {
		if len(deck) == 0 {
			deck = shuffled(&r, kinds)
		}
		st := deck[0](&r)
		deck = deck[1:]
		out = append(out, st)
		n += len(st)
	}
	return out
}

// shuffled returns a thousand shapes by weight in a random order.
func shuffled(r *rng, kinds []kind) []func(*rng) string {
	var deck []func(*rng) string
	for _, k := range kinds {
		for range k.weight {
			deck = append(deck, k.make)
		}
	}
	for i := len(deck) - 1; i > 0; i-- {
		j := r.below(i + 1)
		deck[i], deck[j] = deck[j], deck[i]
	}
	return deck
}
