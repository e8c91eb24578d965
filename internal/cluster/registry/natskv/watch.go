// SPDX-License-Identifier: Apache-2.0

//go:build !nocluster

package natskv

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"weir/internal/cluster/registry"
)

// sameLook is how often a watch looks whether its bucket is still the same one.
const sameLook = time.Second

var (
	errEnded   = errors.New("natskv: the watch has ended")
	errOther   = errors.New("natskv: the bucket is another one")
	errOffline = errors.New("natskv: the connection was interrupted")
)

// Watch implements registry.Store.
func (s *Store) Watch(ctx context.Context, tell func(registry.Event)) error {
	stream, kv, err := s.open(ctx)
	if err != nil {
		return err
	}
	info, err := stream.Info(ctx)
	if err != nil {
		s.judge(err)
		return unknown(err)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	w, err := kv.WatchAll(ctx)
	if err != nil {
		s.judge(err)
		return unknown(err)
	}
	defer func() { _ = w.Stop() }()
	go s.stays(ctx, info.Created, s.Conn.Stats().Reconnects, cancel)
	for {
		select {
		case e, ok := <-w.Updates():
			switch {
			case !ok:
				return errEnded
			case e == nil:
				tell(registry.Event{Synced: true})
			default:
				tell(registry.Event{Entry: registry.Entry{
					Key: e.Key(), Value: e.Value(), Rev: e.Revision(), Gone: e.Operation() != jetstream.KeyValuePut,
				}})
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// stays ends a watch whose bucket was made anew, or which the connection was lost
// under: what has happened meanwhile would be missed.
func (s *Store) stays(ctx context.Context, made time.Time, reconnects uint64, end context.CancelCauseFunc) {
	tick := time.NewTicker(sameLook)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if s.Conn.Status() != nats.CONNECTED || s.Conn.Stats().Reconnects != reconnects {
			s.lost()
			end(errOffline)
			return
		}
		stream, err := s.js.Stream(ctx, "KV_"+s.Bucket)
		switch {
		case errors.Is(err, jetstream.ErrStreamNotFound):
			s.lost()
			end(errOther)
			return
		case err == nil && !stream.CachedInfo().Created.Equal(made):
			s.lost()
			end(errOther)
			return
		}
	}
}
