// SPDX-License-Identifier: Apache-2.0

package admin

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"weir/internal/tap"
)

// What a tap shows without being told, and at most: one that is forgotten ends.
const (
	TapCount      = 100
	tapCountMax   = 100_000
	TapTime       = time.Minute
	TapTimeMax    = time.Hour
	tapMissedTell = time.Second // how often it is said that lines were missed
)

// Trace is one line of a tap: what was seen, how many lines nobody was told since
// the last such line, or how it ended.
type Trace struct {
	tap.Line
	Missed int64  `json:"missed,omitempty"`
	End    string `json:"end,omitempty"` // count, time, leaving
}

// tap answers with a line of JSON for each thing seen, as it comes.
func (s *Server) tap(w http.ResponseWriter, r *http.Request) {
	count, err := within(r, "count", TapCount, tapCountMax)
	if err != nil {
		writeJSON(w, http.StatusBadRequest, failure{err.Error()})
		return
	}
	seconds, err := within(r, "seconds", int(TapTime.Seconds()), int(TapTimeMax.Seconds()))
	if err != nil {
		writeJSON(w, http.StatusBadRequest, failure{err.Error()})
		return
	}
	name := r.URL.Query().Get("name")
	var t *tap.Tap
	if !s.offload(w, func() { t, err = s.cfg.Weir.Tap(name) }) {
		return
	}
	switch {
	case errors.Is(err, tap.ErrTooMany):
		writeJSON(w, http.StatusServiceUnavailable, failure{err.Error()})
		return
	case err != nil:
		writeJSON(w, http.StatusBadRequest, failure{name + " is no domain name"})
		return
	}
	defer t.Close()
	s.cfg.Log.Info("tap opened by the operator", "component", name, "count", count, "seconds", seconds)
	defer func() { s.cfg.Log.Info("tap closed", "component", name) }()
	s.trace(w, r, t, count, time.Duration(seconds)*time.Second)
}

// within reads a number of a request.
func within(r *http.Request, name string, byDefault, max int) (int, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return byDefault, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > max {
		return 0, errors.New(name + " is not a number from 1 to " + strconv.Itoa(max))
	}
	return n, nil
}

// trace writes what a tap sees until it is enough.
func (s *Server) trace(w http.ResponseWriter, r *http.Request, t *tap.Tap, count int, long time.Duration) {
	out := http.NewResponseController(w)
	_ = out.SetReadDeadline(time.Time{}) // it is read to see its end, however late that comes
	w.Header().Set("Content-Type", "application/x-ndjson")
	w.Header().Set("Cache-Control", "no-store")
	if out.Flush() != nil { // the first line may be long in coming
		return
	}
	write := func(line Trace) bool {
		_ = out.SetWriteDeadline(time.Now().Add(answerTimeout)) // as in write
		return json.NewEncoder(w).Encode(line) == nil && (len(t.Lines()) > 0 || out.Flush() == nil)
	}
	told := int64(0)
	missed := func() int64 {
		n := t.Missed() - told
		told += n
		return n
	}
	over, tick := time.After(long), time.NewTicker(tapMissedTell)
	defer tick.Stop()
	for shown := 0; shown < count; {
		select {
		case line := <-t.Lines():
			shown++
			if !write(Trace{Line: line}) {
				return
			}
		case <-tick.C:
			if n := missed(); n > 0 && !write(Trace{Missed: n}) {
				return
			}
		case <-over:
			write(Trace{Missed: missed(), End: "time"})
			return
		case <-s.watch.ended:
			write(Trace{Missed: missed(), End: "leaving"})
			return
		case <-r.Context().Done():
			return
		}
	}
	write(Trace{Missed: missed(), End: "count"})
}
