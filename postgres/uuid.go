package postgres

import (
	"errors"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// useUUID has UUIDs written and read as the 16 bytes that they are. Without it
// pgx takes the way of database/sql, by text: a tenth of a node's time when
// messages and codes are accepted.
func useUUID(conn *pgx.Conn) {
	types := conn.TypeMap()
	types.TryWrapEncodePlanFuncs = append([]pgtype.TryWrapEncodePlanFunc{func(value any) (pgtype.WrappedEncodePlanNextSetter, any, bool) {
		if id, ok := value.(uuid.UUID); ok {
			return &encodeUUID{}, binaryUUID(id), true
		}
		if id, ok := value.(*uuid.UUID); ok && id != nil { // pgx writes null itself
			return &encodeUUIDOf{}, binaryUUID(*id), true
		}
		return nil, nil, false
	}}, types.TryWrapEncodePlanFuncs...)
	types.TryWrapScanPlanFuncs = append([]pgtype.TryWrapScanPlanFunc{func(target any) (pgtype.WrappedScanPlanNextSetter, any, bool) {
		if id, ok := target.(*uuid.UUID); ok {
			return &scanUUID{}, (*binaryUUID)(id), true
		}
		return nil, nil, false
	}}, types.TryWrapScanPlanFuncs...)
}

type binaryUUID uuid.UUID

func (u binaryUUID) UUIDValue() (pgtype.UUID, error) { return pgtype.UUID{Bytes: u, Valid: true}, nil }

func (u *binaryUUID) ScanUUID(v pgtype.UUID) error {
	if !v.Valid {
		return errors.New("cannot scan NULL into a UUID")
	}
	*u = v.Bytes
	return nil
}

type encodeUUID struct{ next pgtype.EncodePlan }

func (p *encodeUUID) SetNext(next pgtype.EncodePlan) { p.next = next }

func (p *encodeUUID) Encode(value any, buf []byte) ([]byte, error) {
	return p.next.Encode(binaryUUID(value.(uuid.UUID)), buf)
}

type encodeUUIDOf struct{ next pgtype.EncodePlan }

func (p *encodeUUIDOf) SetNext(next pgtype.EncodePlan) { p.next = next }

func (p *encodeUUIDOf) Encode(value any, buf []byte) ([]byte, error) {
	return p.next.Encode(binaryUUID(*value.(*uuid.UUID)), buf)
}

type scanUUID struct{ next pgtype.ScanPlan }

func (p *scanUUID) SetNext(next pgtype.ScanPlan) { p.next = next }

func (p *scanUUID) Scan(src []byte, target any) error {
	return p.next.Scan(src, (*binaryUUID)(target.(*uuid.UUID)))
}
