package smpp

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/linxGnu/gosmpp/data"
	"github.com/linxGnu/gosmpp/pdu"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// concatenation says which part of a long text a deliver_sm is.
type concatenation struct {
	reference   uint16
	part, parts byte
}

// sameWithin is how long the same text from the same number counts as one: an
// SMSC that did not get our answer delivers again, and deliver_sm has no id.
const sameWithin = 5 * time.Minute

// fragmentsWithin is how far apart the parts of one text may arrive: references
// come round again.
const fragmentsWithin = time.Hour

// receive takes in a customer's message, or a part of one.
func (p *Provider) receive(ctx context.Context, f frame, d *pdu.DeliverSM, octets []byte) (answer data.CommandStatusType) {
	if p.cfg.Receive == nil {
		return data.ESME_RX_P_APPN
	}
	coding, err := codingOf(f.raw)
	if err != nil {
		return data.ESME_RX_P_APPN
	}
	in := Inbound{From: number(d.SourceAddr), To: number(d.DestAddr)}
	c, octets, ok := concatenated(d, octets)
	if !ok {
		return data.ESME_RX_P_APPN
	}
	reference := binary.BigEndian.AppendUint16([]byte{c.parts}, c.reference)
	source := [][]byte{[]byte(p.cfg.Name), []byte(in.From), []byte(in.To), reference}
	if c.parts > 1 {
		key := p.cfg.Keys.MAC("smpp fragment", source...)
		octets, err = p.collect(ctx, key, c, coding, octets)
		if err != nil {
			p.cfg.Log.Error("a part of a customer's text could not be kept", "provider", p.cfg.Name, "error", err)
			return data.ESME_RX_T_APPN
		}
		if octets == nil {
			return data.ESME_ROK // others are still to come
		}
		coding, octets = octets[0], octets[1:]
		defer func() {
			if answer != data.ESME_RX_T_APPN { // else the last part comes again and wants the others
				p.forget(ctx, key)
			}
		}()
	}
	if in.Text, err = decode(octets, coding, p.cfg.Alphabet); err != nil {
		return data.ESME_RX_P_APPN
	}
	id, err := p.identify(ctx, p.cfg.Keys.MAC("smpp inbound", append(source, octets)...))
	if err != nil {
		p.cfg.Log.Error("a customer's text could not be taken in", "provider", p.cfg.Name, "error", err)
		return data.ESME_RX_T_APPN
	}
	in.ProviderID = hex.EncodeToString(id[:])
	switch err := p.cfg.Receive(ctx, in); {
	case err == nil:
		return data.ESME_ROK
	case visavis.KindOf(err) == visavis.NotFound || visavis.KindOf(err) == visavis.Invalid:
		p.cfg.Log.Info("a customer's text is for a number that nobody has", "provider", p.cfg.Name)
		return data.ESME_RX_P_APPN
	default:
		p.cfg.Log.Error("a customer's text could not be taken in", "provider", p.cfg.Name, "error", err)
		return data.ESME_RX_T_APPN
	}
}

// identify returns what a text is known by: the same for one that comes again
// within sameWithin of the first, on whatever node.
func (p *Provider) identify(ctx context.Context, source []byte) (id uuid.UUID, err error) {
	err = p.cfg.DB.AsWorker(ctx, func(ctx context.Context, tx *postgres.Tx) error {
		now := p.now()
		return tx.QueryRow(ctx, `
			insert into smpp_inbound as s (provider, source, id, at) values ($1, $2, $3, $4)
			on conflict (provider, source) do update set
				id = case when s.at > $5 then s.id else excluded.id end,
				at = case when s.at > $5 then s.at else excluded.at end
			returning id`, p.cfg.Name, source, uuid.New(), now, now.Add(-sameWithin)).Scan(&id)
	})
	return id, err
}

// number writes an address as we do: E.164 when it is international. Many SMSCs
// leave the type unknown for such; long ones without a national zero are taken
// as international.
func number(a pdu.Address) string {
	digits := strings.TrimPrefix(a.Address(), "+")
	if strings.IndexFunc(digits, func(r rune) bool { return r < '0' || r > '9' }) >= 0 {
		return a.Address()
	}
	if a.Ton() == data.GSM_TON_INTERNATIONAL || len(digits) >= 10 && digits[0] != '0' {
		return "+" + digits
	}
	return digits
}

// concatenated finds what a deliver_sm says about parts: by user data header or
// by sar_ parameters; octets come back without the header.
func concatenated(d *pdu.DeliverSM, octets []byte) (c concatenation, _ []byte, ok bool) {
	udh := d.Message.UDH()
	if _, inPayload := field(d.OptionalParameters, pdu.TagMessagePayload); inPayload && d.EsmClass&data.SM_UDH_GSM != 0 {
		udh = pdu.UDH{}
		n, err := udh.UnmarshalBinary(octets)
		if err != nil || n > len(octets) {
			return c, nil, false
		}
		octets = octets[n:]
	}
	for _, e := range udh {
		switch {
		case byte(e.ID) == data.UDH_CONCAT_MSG_8_BIT_REF && len(e.Data) == 3:
			c = concatenation{uint16(e.Data[0]), e.Data[2], e.Data[1]}
		case byte(e.ID) == data.UDH_CONCAT_MSG_16_BIT_REF && len(e.Data) == 4:
			c = concatenation{binary.BigEndian.Uint16(e.Data), e.Data[3], e.Data[2]}
		}
	}
	reference, one := field(d.OptionalParameters, pdu.TagSarMsgRefNum)
	total, two := field(d.OptionalParameters, pdu.TagSarTotalSegments)
	segment, three := field(d.OptionalParameters, pdu.TagSarSegmentSeqnum)
	if one && two && three && len(reference) == 2 && len(total) == 1 && len(segment) == 1 {
		c = concatenation{binary.BigEndian.Uint16(reference), segment[0], total[0]}
	}
	if c.parts > 1 && (c.part < 1 || c.part > c.parts) {
		return c, nil, false
	}
	return c, octets, true
}

// collect keeps a part and returns data_coding and octets of the whole text once
// all of it is there.
func (p *Provider) collect(ctx context.Context, key []byte, c concatenation, coding byte, octets []byte) (all []byte, err error) {
	seal := func(part int) []byte { return append([]byte{byte(part)}, key...) }
	err = p.cfg.DB.AsWorker(ctx, func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `
			insert into smpp_fragments (provider, source, part, parts, sealed, at) values ($1, $2, $3, $4, $5, $6)
			on conflict (provider, source, part) do update set sealed = excluded.sealed, at = excluded.at`,
			p.cfg.Name, key, c.part, c.parts, p.cfg.Keys.Seal("smpp fragment", seal(int(c.part)), append([]byte{coding}, octets...)), p.now())
		return err
	})
	if err != nil {
		return nil, err
	}
	type fragment struct {
		Part   int
		Sealed []byte
	}
	var fragments []fragment
	err = p.cfg.DB.AsWorker(ctx, func(ctx context.Context, tx *postgres.Tx) error {
		rows, err := tx.Query(ctx, `select part, sealed from smpp_fragments where provider = $1 and source = $2 and at > $3 order by part`,
			p.cfg.Name, key, p.now().Add(-fragmentsWithin))
		if err != nil {
			return err
		}
		fragments, err = pgx.CollectRows(rows, pgx.RowToStructByPos[fragment])
		return err
	})
	if err != nil || len(fragments) < int(c.parts) {
		return nil, err
	}
	for i, fragment := range fragments {
		plain, err := p.cfg.Keys.Open("smpp fragment", seal(fragment.Part), fragment.Sealed)
		if err != nil {
			return nil, fmt.Errorf("open a part of a text: %w", err)
		}
		if i == 0 {
			all = plain
		} else {
			all = append(all, plain[1:]...)
		}
	}
	return all, nil
}

// forget deletes the parts of a text that was taken in; the sweep does it otherwise.
func (p *Provider) forget(ctx context.Context, key []byte) {
	err := p.cfg.DB.AsWorker(ctx, func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `delete from smpp_fragments where provider = $1 and source = $2`, p.cfg.Name, key)
		return err
	})
	if err != nil {
		p.cfg.Log.Warn("parts of a customer's text stay until they are swept", "provider", p.cfg.Name, "error", err)
	}
}
