package smpp_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/channels/smpp"
	"github.com/visavis/visavis/postgres"
)

// unwanted is the default provider of the channel, which the step does not name.
type unwanted struct{}

func (unwanted) Send(context.Context, channels.Outgoing) (string, error) {
	return "", &channels.SendError{Outcome: channels.Permanent, Code: "unwanted", Err: errors.New("the step names another provider")}
}

// TestAStepThatNamesTheBindGoesThroughIt drives the whole way, from SendTx to
// the receipt that makes the message delivered.
func TestAStepThatNamesTheBindGoesThroughIt(t *testing.T) {
	tw := newTwin(t)
	cfg := config(t, tw.addr)
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	var service *channels.Service
	changed := make(chan struct{}, 1)
	cfg.Receipt = func(ctx context.Context, bankID, id uuid.UUID, r channels.Receipt) error {
		return service.Receipt(ctx, bankID, id, r)
	}
	p, err := smpp.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	bankService := banks.New(banks.Config{DB: cfg.DB, Log: log, Keyring: cfg.Keys, PublicURL: "https://bank.example"})
	bank, err := bankService.Create(t.Context(), banks.NewBank{Slug: "demo", Name: "Demo Bank", Settings: banks.Settings{Countries: banks.AnyCountry()}})
	if err != nil {
		t.Fatal(err)
	}
	service = channels.New(channels.Config{DB: cfg.DB, Banks: bankService, Keys: cfg.Keys, Log: log, Poll: 50 * time.Millisecond,
		Observe: func(postgres.LoopEvent) {
			select {
			case changed <- struct{}{}:
			default:
			}
		},
		Routes: []channels.Route{{Channel: channels.SMS, Provider: "other", Sender: unwanted{}}, {Channel: channels.SMS, Provider: smpp.Name, Sender: p}},
	})
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { p.Run(ctx) })
	running.Go(func() { service.Run(ctx) })
	t.Cleanup(func() { cancel(); running.Wait() })
	for to, want := range map[string]channels.State{"+84912345670": channels.StateDelivered, "+84912340002": channels.StateUndelivered} {
		var id uuid.UUID
		err := cfg.DB.InBank(t.Context(), bank.ID, func(ctx context.Context, tx *postgres.Tx) error {
			accepted, err := service.SendTx(ctx, tx, channels.Message{
				Phone: to, Class: channels.Transaction, Template: "text", Params: map[string]string{"text": "hello"}, Locale: "en", ExpiresAt: time.Now().Add(time.Minute),
				Ladder: []channels.Step{{Channel: channels.SMS, Provider: smpp.Name}},
			})
			id = accepted.ID
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		timeout := time.After(patience)
		for {
			got, err := service.Get(t.Context(), bank.ID, id)
			if err != nil {
				t.Fatal(err)
			}
			if got.State == want {
				break
			}
			select {
			case <-changed:
			case <-timeout:
				t.Fatalf("%s is %+v", to, got)
			}
		}
	}
}
