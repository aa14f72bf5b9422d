import { render, screen } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import { useScrolls } from './useScrolls';

function Frame() {
  const { frame, scrolls } = useScrolls();
  return <div ref={frame}>{scrolls ? 'scrolls' : 'fits'}</div>;
}

afterEach(() => vi.restoreAllMocks());

it('says whether a frame can be scrolled', () => {
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(300);
  const wide = vi.spyOn(HTMLElement.prototype, 'scrollWidth', 'get').mockReturnValue(520);
  const first = render(<Frame />);
  expect(screen.getByText('scrolls')).toBeTruthy();
  first.unmount();
  wide.mockReturnValue(300);
  render(<Frame />);
  expect(screen.getByText('fits')).toBeTruthy();
});
