// SPDX-License-Identifier: Apache-2.0

//go:build !nocluster

package natskv

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"weir/internal/cluster/registry"
)

const (
	// DefaultBucket holds the table. Nodes of one cluster have one bucket.
	DefaultBucket = "WEIR"

	// valueMax is room for the holders of one name, some 60 bytes each.
	valueMax = 64 << 10
	// markerTTL is how long a deletion is remembered: longer than a watch may lag.
	markerTTL = 10 * time.Minute
)

// Options are what a Store is made with.
type Options struct {
	Conn     *nats.Conn
	Bucket   string // "": DefaultBucket
	Replicas int    // how many servers keep the bucket
	// Existing: the bucket is there, and we may not make one.
	Existing bool
}

// Store is one node's way to the bucket.
type Store struct {
	Options
	js jetstream.JetStream

	mu     sync.Mutex
	stream jetstream.Stream // nil: not opened yet, or it has to be opened anew
	kv     jetstream.KeyValue
}

var _ registry.Store = (*Store)(nil)

// New makes a store; it opens its bucket when it first needs it.
func New(o Options) (*Store, error) {
	if o.Bucket == "" {
		o.Bucket = DefaultBucket
	}
	js, err := jetstream.New(o.Conn)
	if err != nil {
		return nil, fmt.Errorf("natskv: %w", err)
	}
	return &Store{Options: o, js: js}, nil
}

func (s *Store) subject(key string) string { return "$KV." + s.Bucket + "." + key }

// open finds the bucket, or makes it.
func (s *Store) open(ctx context.Context) (jetstream.Stream, jetstream.KeyValue, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stream != nil {
		return s.stream, s.kv, nil
	}
	kv, err := s.js.KeyValue(ctx, s.Bucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) && !s.Existing {
		kv, err = s.js.CreateKeyValue(ctx, jetstream.KeyValueConfig{
			Bucket:         s.Bucket,
			Description:    "who serves which name",
			Storage:        jetstream.MemoryStorage,
			Replicas:       max(s.Replicas, 1),
			History:        1,
			MaxValueSize:   valueMax,
			LimitMarkerTTL: markerTTL,
		})
		if errors.Is(err, jetstream.ErrBucketExists) {
			kv, err = s.js.KeyValue(ctx, s.Bucket)
		}
	}
	if err != nil {
		return nil, nil, unknown(err)
	}
	stream, err := s.js.Stream(ctx, "KV_"+s.Bucket)
	if err != nil {
		return nil, nil, unknown(err)
	}
	s.stream, s.kv = stream, kv
	return stream, kv, nil
}

// lost has the bucket be looked for again.
func (s *Store) lost() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stream, s.kv = nil, nil
}

// unknown wraps an error that says nothing of what was done.
func unknown(err error) error { return fmt.Errorf("%w: %w", registry.ErrUnknown, err) }

// Get implements registry.Store.
func (s *Store) Get(ctx context.Context, key string) (registry.Entry, error) {
	stream, _, err := s.open(ctx)
	if err != nil {
		return registry.Entry{}, err
	}
	m, err := stream.GetLastMsgForSubject(ctx, s.subject(key))
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		return registry.Entry{Key: key, Gone: true}, nil
	case err != nil:
		s.judge(err)
		return registry.Entry{}, unknown(err)
	}
	return registry.Entry{Key: key, Value: m.Data, Rev: m.Sequence, Gone: isMarker(m.Header)}, nil
}

// isMarker says whether a message stands for a key that is not there.
func isMarker(h nats.Header) bool {
	return h.Get("KV-Operation") != "" || h.Get(jetstream.MarkerReasonHeader) != ""
}

// Put implements registry.Store.
func (s *Store) Put(ctx context.Context, key string, value []byte, expect uint64, ttl time.Duration) (uint64, error) {
	m := nats.NewMsg(s.subject(key))
	m.Data = value
	if ttl > 0 {
		m.Header.Set(jetstream.MsgTTLHeader, strconv.FormatInt(int64(ttl.Seconds()), 10))
	}
	return s.publish(ctx, m, expect)
}

// Delete implements registry.Store.
func (s *Store) Delete(ctx context.Context, key string, expect uint64) error {
	m := nats.NewMsg(s.subject(key))
	m.Header.Set("KV-Operation", "DEL")
	m.Header.Set(jetstream.MsgTTLHeader, strconv.FormatInt(int64(markerTTL.Seconds()), 10))
	_, err := s.publish(ctx, m, expect)
	return err
}

// codeBusy is the error of a write that meets another one of the same key on its
// way through the servers; it has no name in the client. It says nothing about
// whether the revision was right.
const codeBusy = 10164

func (s *Store) publish(ctx context.Context, m *nats.Msg, expect uint64) (uint64, error) {
	if _, _, err := s.open(ctx); err != nil {
		return 0, err
	}
	// Sent once: whether an unanswered one was done is the caller's to find out.
	ack, err := s.js.PublishMsg(ctx, m, jetstream.WithExpectLastSequencePerSubject(expect), jetstream.WithRetryAttempts(0))
	if err == nil {
		return ack.Sequence, nil
	}
	if api, ok := errors.AsType[*jetstream.APIError](err); ok {
		switch api.ErrorCode {
		case jetstream.JSErrCodeStreamWrongLastSequence:
			return 0, registry.ErrRevision
		case codeBusy:
			return 0, registry.ErrBusy
		}
	}
	s.judge(err)
	return 0, unknown(err)
}

// judge has the bucket be looked for again after an error that may mean that it is
// there no more.
func (s *Store) judge(err error) {
	if errors.Is(err, jetstream.ErrStreamNotFound) || errors.Is(err, jetstream.ErrNoStreamResponse) || errors.Is(err, nats.ErrNoResponders) {
		s.lost()
	}
}

// yearZero is from when generations count, in Unix seconds.
const yearZero = 1767225600 // 2026-01-01

// Generation implements registry.Store: when the bucket was made, in seconds.
func (s *Store) Generation(ctx context.Context) (uint64, error) {
	stream, _, err := s.open(ctx)
	if err != nil {
		return 0, err
	}
	info, err := stream.Info(ctx)
	if err != nil {
		s.judge(err)
		return 0, unknown(err)
	}
	return generationOf(info), nil
}

func generationOf(info *jetstream.StreamInfo) uint64 {
	return uint64(max(info.Created.Unix()-yearZero, 1))
}

// Drop removes the bucket and all that is in it.
func (s *Store) Drop(ctx context.Context) error {
	s.lost()
	return s.js.DeleteKeyValue(ctx, s.Bucket)
}
