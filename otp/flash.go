package otp

import (
	"context"

	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/postgres"
)

// flashTx has a call placed from a number of the bank's pool, whose last four
// digits are the code. Nobody needs to answer it.
func (s *Service) flashTx(ctx context.Context, tx *postgres.Tx, m channels.Message, from string) error {
	m.Channels, m.Template, m.Secret = []channels.Channel{Flash.channel()}, "flash", nil
	_, err := s.Channels.SendTx(ctx, tx, m)
	return err
}
