import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { AppProviders } from '@/shared/AppProviders';
import { startI18n } from '@/shared/i18n';
import { visitTheme } from '@/shared/theme/theme';
import type { CallHandle, LocalMediaHandle, ScreenShare } from '@/shared/call';
import { SharePanel } from './SharePanel';
import { type Visit, VisitContext } from './session';

const panel = (kind: Visit['scenario']['kind'], { asked = 0, possible = true, camera = false, start = vi.fn(), open = vi.fn() } = {}) => (
  <AppProviders theme={visitTheme}>
  <VisitContext value={{ visit: { bank: { name: 'Demo Bank' }, scenario: { kind, recorded: false } } as Visit, setVisit: vi.fn(), refresh: vi.fn(), goTo: vi.fn() } as never}>
    <SharePanel
      call={{ asked, connection: 'connected' } as CallHandle}
      media={{ camera: { on: true, track: camera ? {} : undefined }, setCameraOn: vi.fn(), start: open } as unknown as LocalMediaHandle}
      share={{ possible, stream: null, start, stop: vi.fn() } as ScreenShare}
      agent="Alice"
    />
  </VisitContext>
  </AppProviders>
);

beforeAll(() => startI18n('visit'));

describe('asking for the screen', () => {
  it('opens guidance, says what is seen, and shares by a press', async () => {
    const start = vi.fn();
    render(panel('guide', { start }));
    expect(screen.getByText(/Demo Bank sees only that/).textContent).toContain('It is not recorded.');
    await userEvent.click(screen.getByRole('button', { name: 'Share screen' }));
    expect(start).toHaveBeenCalledOnce();
  });
  it('is put off until the agent asks', async () => {
    const { rerender } = render(panel('guide'));
    await userEvent.click(screen.getByRole('button', { name: 'Not now' }));
    expect(screen.queryByRole('button', { name: 'Share screen' })).toBeNull();
    rerender(panel('guide', { asked: 1 }));
    expect(screen.getByRole('alert').textContent).toContain('Alice asks to see your screen');
  });
  it('goes on by camera where no screen can be shared', async () => {
    const open = vi.fn();
    const { rerender } = render(panel('guide', { possible: false, open }));
    await userEvent.click(screen.getByRole('button', { name: 'Turn the camera on' }));
    expect(open).toHaveBeenCalledWith({ only: 'camera', facing: 'environment' });
    rerender(panel('guide', { possible: false, camera: true }));
    expect(screen.queryByText(/cannot share/)).toBeNull();
  });
  it('stays out of other calls until it is asked for', () => {
    const { rerender } = render(panel('advise'));
    expect(screen.queryByRole('region')).toBeNull();
    rerender(panel('advise', { asked: 1 }));
    expect(screen.getByRole('alert')).toBeTruthy();
  });
});
