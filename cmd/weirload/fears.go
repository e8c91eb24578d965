// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"flag"
	"strings"
	"time"

	"weir/bench"
	"weir/bench/hostile"
)

// The scenarios of what users fear have pass lines, which flags move.

// stormFlags are those of storm alone.
func stormFlags(fs *flag.FlagSet) func(*bench.Options) (drive, error) {
	crowd := fs.Int("crowd", 1000, "components that are cut off at once and come back, beside the good pairs")
	return func(o *bench.Options) (drive, error) {
		return func(ctx context.Context, o bench.Options, say bench.Reporter) (*bench.Result, error) {
			return bench.Reconnect(ctx, o, *crowd, say)
		}, checkRanges(o, limit{"crowd", *crowd, 1, 1 << 17})
	}
}

// streamsMost is the highest rate of malformed streams, each a goroutine and a
// connection of its own.
const streamsMost = 10_000

// hostileFlags are those of hostile alone.
func hostileFlags(fs *flag.FlagSet) func(*bench.Options) (drive, error) {
	var h bench.HostileOptions
	fs.Float64Var(&h.Streams, "streams", 100, "malformed streams a second")
	fs.DurationVar(&h.Patience, "patience", time.Second, "how long each waits for the server to end it")
	kinds := fs.String("kinds", "", "`NAMES` of the kinds of malformed streams, with commas; all if empty: "+strings.Join(hostile.Names(), ", "))
	return func(*bench.Options) (drive, error) {
		names := hostile.Names()
		if *kinds != "" {
			names = strings.Split(*kinds, ",")
		}
		var err error
		if h.Kinds, err = hostile.Named(names); err != nil {
			return nil, usageError{err}
		}
		if !(h.Streams > 0 && h.Streams <= streamsMost) { // NaN is neither
			return nil, usagef("-streams is %g, allowed are above 0 to %d", h.Streams, streamsMost)
		}
		if h.Patience <= 0 {
			return nil, usagef("-patience must be above 0")
		}
		return func(ctx context.Context, o bench.Options, say bench.Reporter) (*bench.Result, error) {
			return bench.Malformed(ctx, o, h, say)
		}, nil
	}
}
