package httpapi

import (
	"context"

	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/postgres"
)

// CreateCustomer adds a customer.
func (s *Server) CreateCustomer(ctx context.Context, r CreateCustomerRequestObject) (CreateCustomerResponseObject, error) {
	c, err := s.Banks.CreateCustomer(ctx, bankOf(ctx), banks.NewCustomer{
		Reference: zero(r.Body.Reference), Name: r.Body.Name, Phone: r.Body.Phone, Region: zero(r.Body.Region),
		Locale: zero(r.Body.Locale), TimeZone: zero(r.Body.TimeZone), Segment: zero(r.Body.Segment),
		Needs: zero(r.Body.Needs), Metadata: zero(r.Body.Metadata),
	})
	return CreateCustomer201JSONResponse(showCustomer(ctx, c)), err
}

// ListCustomers answers with customers, newest first.
func (s *Server) ListCustomers(ctx context.Context, r ListCustomersRequestObject) (ListCustomersResponseObject, error) {
	p, err := page(r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	customers, next, err := s.Banks.ListCustomers(ctx, bankOf(ctx), banks.CustomerFilter{
		Reference: zero(r.Params.Reference), Phone: zero(r.Params.Phone),
	}, p)
	return ListCustomers200JSONResponse{
		Items:      list(customers, func(c banks.Customer) Customer { return showCustomer(ctx, c) }),
		NextCursor: given(next),
	}, err
}

// GetCustomer answers with a customer; people see the phone masked.
func (s *Server) GetCustomer(ctx context.Context, r GetCustomerRequestObject) (GetCustomerResponseObject, error) {
	c, err := s.Banks.Customer(ctx, bankOf(ctx), r.CustomerID)
	return GetCustomer200JSONResponse(showCustomer(ctx, c)), err
}

// UpdateCustomer changes what is given.
func (s *Server) UpdateCustomer(ctx context.Context, r UpdateCustomerRequestObject) (UpdateCustomerResponseObject, error) {
	var c banks.Customer
	err := s.DB.InBank(ctx, bankOf(ctx), func(ctx context.Context, tx *postgres.Tx) error {
		old, err := s.Banks.CustomerTx(ctx, tx, r.CustomerID)
		if err != nil {
			return err
		}
		c, err = s.Banks.UpdateCustomer(ctx, tx.BankID, r.CustomerID, banks.CustomerChange{
			Reference: r.Body.Reference, Name: r.Body.Name, Phone: r.Body.Phone, Region: zero(r.Body.Region),
			Locale: r.Body.Locale, TimeZone: r.Body.TimeZone, Segment: r.Body.Segment,
			Needs: r.Body.Needs, Metadata: (*map[string]any)(r.Body.Metadata),
		})
		if err == nil && c.Phone != old.Phone {
			err = s.OTP.CancelCustomerTx(ctx, tx, c.ID)
		}
		return err
	})
	return UpdateCustomer200JSONResponse(showCustomer(ctx, c)), err
}

func showCustomer(ctx context.Context, c banks.Customer) Customer {
	return Customer{
		ID: c.ID, Reference: given(c.Reference), Name: c.Name, Phone: phoneFor(ctx, c.Phone), Locale: Locale(c.Locale),
		TimeZone: c.TimeZone, Segment: c.Segment, Needs: &c.Needs, Metadata: metadata(c.Metadata),
		CreatedAt: c.CreatedAt.UTC(), UpdatedAt: c.UpdatedAt.UTC(),
	}
}
