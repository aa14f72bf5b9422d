package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/calls"
	"github.com/visavis/visavis/httpapi"
)

// sweepEvery is how often what has expired is deleted.
const sweepEvery = 10 * time.Minute

// sweepArgs is the periodic job that deletes what has expired: idempotency
// keys, counted attempts, lists of campaigns that ended long ago, old tickets of
// branches. River elects one node for it.
type sweepArgs struct{}

// Kind implements river.JobArgs.
func (sweepArgs) Kind() string { return "sweep" }

// InsertOpts keeps sweeps from piling up behind one that is slow.
func (sweepArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{MaxAttempts: 3, UniqueOpts: river.UniqueOpts{ByPeriod: sweepEvery}}
}

type sweeper struct {
	river.WorkerDefaults[sweepArgs]
	app *app
	api *httpapi.Server
}

// Work implements river.Worker.
func (w *sweeper) Work(ctx context.Context, _ *river.Job[sweepArgs]) error {
	return errors.Join(w.api.SweepIdempotency(ctx), w.app.banks.SweepLimits(ctx), w.app.campaigns.SweepContacts(ctx), w.app.scheduling.SweepTickets(ctx))
}

// jobs is what is periodic, rare or heavy; the hot queues have loops of their
// own (see postgres.Loop).
type jobs struct{ client *river.Client[pgx.Tx] }

func (a *app) startJobs(ctx context.Context, api *httpapi.Server) (*jobs, error) {
	workers := river.NewWorkers()
	river.AddWorker(workers, &sweeper{app: a, api: api})
	a.calls.AddWorkers(workers)
	client, err := river.NewClient(riverpgxv5.New(a.db.JobPool()), &river.Config{
		Queues:               map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 4}, a.calls.JobQueue(): {MaxWorkers: 2}, calls.ChatQueue: {MaxWorkers: calls.ChatWorkers}},
		Workers:              workers,
		Logger:               a.log,
		FetchCooldown:        10 * time.Millisecond,
		RescueStuckJobsAfter: 90 * time.Second, // steps are under 30 s; a dead node's are taken up again
		JobTimeout:           30 * time.Second,
		PeriodicJobs: append(calls.PeriodicJobs(), river.NewPeriodicJob(river.PeriodicInterval(sweepEvery),
			func() (river.JobArgs, *river.InsertOpts) { return sweepArgs{}, nil }, &river.PeriodicJobOpts{RunOnStart: true})),
	})
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	if err := client.Start(context.WithoutCancel(ctx)); err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	return &jobs{client}, nil
}

func (j *jobs) stop(ctx context.Context) error { return j.client.StopAndCancel(ctx) }
