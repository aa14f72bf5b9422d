package channels

// WithSender returns a copy of the service that sends a channel another way.
func (s *Service) WithSender(channel Channel, sender Sender) *Service {
	c := *s
	c.routes = append([]Route{}, s.routes...)
	for i := range c.routes {
		if c.routes[i].Channel == channel {
			c.routes[i].Sender = sender
		}
	}
	return &c
}
